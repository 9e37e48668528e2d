"""Points at the checkout, and an order that was left unpaid, as the member sees them."""

from __future__ import annotations

import re
from decimal import Decimal
from html import unescape

import pytest
from django.test import Client

from catalog.models import SKU
from kalegou.models import Member
from ledger.services import balance
from orders.models import Funding, Order
from orders.services import place_order
from tests import world
from tests.kalegou import shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def sku() -> SKU:
    return shop.make_cards(5, list_price="50")


@pytest.fixture
def member() -> Member:
    member = shop.make_member("120")
    world.give_points(member.points_id, 1500)
    return member


@pytest.fixture
def browser(client: Client, member: Member) -> Client:
    shop.log_in(client, member)
    client.cookies["django_language"] = "en"
    return client


def with_points(page: str) -> str:
    """Where the page's switch leads."""
    [address] = re.findall(r'href="(/kalegou/checkout/[^"]+)"', page)
    return unescape(address)


def test_points_are_offered_used_and_left_again_by_a_link(browser, member, sku) -> None:
    plain = shop.checkout_of(browser, sku)
    page = browser.get(plain).text
    assert "1000 points pay ¥10.00" in page  # a fifth of ¥50, not all 1,500
    address = with_points(page)
    page = browser.get(address).text
    assert "−¥10.00" in page
    assert "points=1" not in with_points(page)  # the switch leads back

    browser.post(address, {"payment": "wallet", "seen_points": "1000"})
    order = Order.objects.get()
    assert (order.status, order.total) == ("completed", Decimal(40))
    assert balance(member.wallet_id) == 80
    assert balance(member.points_id) == 1500 - 1000 + 40
    page = browser.get(f"/kalegou/orders/{order.order_no}/").text
    assert "1,000 = ¥10.00" in page
    world.refund(order, Decimal(40))
    assert "1000 points came back" in browser.get(f"/kalegou/orders/{order.order_no}/").text


def test_points_that_went_meanwhile_are_told_before_anything_is_charged(
    browser, member, sku
) -> None:
    address = with_points(browser.get(shop.checkout_of(browser, sku)).text)
    world.give_points(member.points_id, -900)
    form = {"payment": "wallet", "seen_points": "1000"}
    answer = browser.post(address, form)
    assert answer.status_code == 409
    assert "look at the new amount" in answer.text
    assert "−¥6.00" in answer.text
    assert not Order.objects.exists()
    assert browser.post(address, {"payment": "wallet", "seen_points": "600"}).status_code == 302
    assert Order.objects.get().total == 44


def test_guests_and_members_without_points_see_nothing_of_it(client, sku) -> None:
    assert "points=1" not in client.get(shop.checkout_of(client, sku)).text
    poor = shop.log_in(Client(), shop.make_member("120"))
    assert "points=1" not in poor.get(shop.checkout_of(poor, sku)).text


class TestAnOrderLeftUnpaid:
    @pytest.fixture
    def unpaid(self, member: Member, sku: SKU) -> Order:
        return place_order(
            channel="retail",
            buyer=member.user,
            sku=sku,
            quantity=1,
            client_ref="unpaid",
            funding=Funding.GATEWAY,
        ).order

    def test_is_paid_from_the_balance(self, browser, member, unpaid) -> None:
        page = f"/kalegou/orders/{unpaid.order_no}/"
        assert "Pay from my balance" in browser.get(page).text
        answer = browser.post(f"{page}pay/", {"gateway": "wallet"}, follow=True)
        assert "Your codes are here" in answer.text
        assert "My balance" in answer.text
        assert balance(member.wallet_id) == 70
        browser.post(f"{page}pay/", {"gateway": "wallet"})
        assert balance(member.wallet_id) == 70
        assert world.books_are_clean()

    def test_isnt_when_the_balance_is_too_low(self, browser, member, unpaid) -> None:
        world.pay_in(member.wallet_id, "-100")
        page = f"/kalegou/orders/{unpaid.order_no}/"
        assert "Pay from my balance" not in browser.get(page).text
        answer = browser.post(f"{page}pay/", {"gateway": "wallet"}, follow=True)
        assert "too low" in answer.text
        unpaid.refresh_from_db()
        assert unpaid.status == "awaiting_payment"
        assert balance(member.wallet_id) == 20

    def test_of_somebody_else_isnt_there(self, unpaid) -> None:
        stranger = shop.log_in(Client(), shop.make_member("500"))
        answer = stranger.post(f"/kalegou/orders/{unpaid.order_no}/pay/", {"gateway": "wallet"})
        assert answer.status_code == 404
        unpaid.refresh_from_db()
        assert unpaid.status == "awaiting_payment"


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_points_page_tells_what_they_are_worth(client, member, language) -> None:
    shop.log_in(client, member)
    client.cookies["django_language"] = language
    page = client.get("/kalegou/account/points/")
    assert page.status_code == 200
    assert "100" in page.text
