"""The page of an order: whose it is, what it shows, its codes, and what can be done with it."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone, translation

from catalog.models import SKU
from kalegou.durations import duration
from kalegou.guest_links import guest_path
from kalegou.models import Member
from kalegou.order_pages import read_order
from orders.models import Funding, Order
from orders.queries import cards_of_order
from orders.services import place_order
from tests import world
from tests.kalegou import shop
from tests.sandboxes import SandboxProcess
from users.models import AuditLog

pytestmark = pytest.mark.django_db


@pytest.fixture
def sku() -> SKU:
    return shop.make_cards(10, list_price="50")


@pytest.fixture
def member() -> Member:
    return shop.make_member("500")


@pytest.fixture
def order(member: Member, sku: SKU) -> Order:
    return place_order(
        channel="retail", buyer=member.user, sku=sku, quantity=2, client_ref="r"
    ).order


@pytest.fixture
def guest_order(sku: SKU) -> Order:
    return place_order(
        channel="retail",
        buyer=None,
        sku=sku,
        quantity=1,
        client_ref="r",
        guest_key="somebody",
        funding=Funding.GATEWAY,
    ).order


def page_of(order: Order, more: str = "") -> str:
    return f"/kalegou/orders/{order.order_no}/{more}"


def waiting(member: Member, sku: SKU) -> Order:
    return place_order(
        channel="retail",
        buyer=member.user,
        sku=sku,
        quantity=1,
        client_ref="waiting",
        funding=Funding.GATEWAY,
    ).order


# Whose it is.
@pytest.mark.parametrize(
    ("method", "more"),
    [
        ("get", ""),
        ("get", "live/"),
        ("post", "codes/"),
        ("post", "codes.txt"),
        ("post", "pay/"),
        ("post", "cancel/"),
        ("post", "again/"),
    ],
)
def test_an_order_of_somebody_else_doesnt_exist(order, guest_order, method, more) -> None:
    strangers = [Client(), shop.log_in(Client(), shop.make_member())]
    for stranger in strangers:
        for number in (order.order_no, guest_order.order_no, "99999999999999999999", "x"):
            answer = getattr(stranger, method)(f"/kalegou/orders/{number}/{more}")
            assert answer.status_code == 404


def test_staff_and_agents_see_no_order_of_others_in_the_shop(client, order) -> None:
    staff = world.make_user(is_staff=True, is_superuser=True)
    client.force_login(staff, backend="users.backends.PhoneOrUsernameBackend")
    assert client.get(page_of(order)).status_code == 404


def test_a_wholesale_order_isnt_shown_by_the_shop(client, sku) -> None:
    agent = world.make_agent(balance="500")
    world.price_tiers(sku, "45")
    bought = place_order(
        channel="wholesale", buyer=agent.user, sku=sku, quantity=1, client_ref="r"
    ).order
    client.force_login(agent.user, backend="users.backends.PhoneOrUsernameBackend")
    assert client.get(page_of(bought)).status_code == 404


def test_a_guests_link_opens_the_order_and_leaves_the_address(client, guest_order) -> None:
    answer = client.get(guest_path(guest_order.order_no))
    assert answer.headers["Location"] == page_of(guest_order)
    assert client.get(page_of(guest_order)).status_code == 200
    assert client.get(page_of(guest_order, "live/")).status_code == 200


def test_a_link_opens_its_own_order_only(client, order, guest_order) -> None:
    key = guest_path(guest_order.order_no).partition("?")[2]
    assert client.get(page_of(order) + "?" + key).status_code == 404
    for changed in (key[:-1], key + "x", "key=", "key=" + "A" * 43):
        assert client.get(page_of(guest_order) + "?" + changed).status_code == 404


def test_a_members_order_has_no_link_that_opens_it(client, order) -> None:
    assert client.get(guest_path(order.order_no)).status_code == 404


def test_logging_out_closes_what_the_session_had_opened(client, guest_order) -> None:
    shop.log_in(client, shop.make_member())
    client.get(guest_path(guest_order.order_no))
    client.post("/account/logout/")
    assert client.get(page_of(guest_order)).status_code == 404


# Its codes.
def test_codes_stay_out_of_the_page_until_they_are_asked_for(client, member, order) -> None:
    secrets = [card.secret for card in cards_of_order(order)]
    shop.log_in(client, member)
    page = client.get(page_of(order)).content.decode()
    assert not any(secret in page for secret in secrets)
    assert not AuditLog.objects.filter(action="reveal_cards").exists()
    shown = client.post(page_of(order, "codes/"))
    assert all(secret in shown.content.decode() for secret in secrets)
    assert "no-store" in shown.headers["Cache-Control"]


def test_asking_for_the_codes_is_written_down(client, member, order) -> None:
    shop.log_in(client, member).post(page_of(order, "codes/"), headers={"HX-Request": "true"})
    record = AuditLog.objects.get(action="reveal_cards")
    assert (record.actor, record.target) == (member.user, f"order:{order.order_no}")
    assert record.details == {"how": "shown", "count": 2}
    assert not any(card.secret in str(record.details) for card in cards_of_order(order))


def test_the_text_file_holds_every_code(client, member, order) -> None:
    answer = shop.log_in(client, member).post(page_of(order, "codes.txt"))
    lines = answer.content.decode().split("\r\n")
    assert lines[:2] == [f"{card.number}\t{card.secret}" for card in cards_of_order(order)]
    assert AuditLog.objects.get(action="reveal_cards").details["how"] == "downloaded"


def test_an_order_without_codes_reveals_nothing(client, member, sku) -> None:
    unpaid = waiting(member, sku)
    answer = shop.log_in(client, member).post(page_of(unpaid, "codes/"))
    assert answer.headers["Location"] == page_of(unpaid)
    assert not AuditLog.objects.filter(action="reveal_cards").exists()


# Following it.
def test_a_finished_order_asks_for_no_news(client, member, order) -> None:
    page = shop.log_in(client, member).get(page_of(order)).content.decode()
    assert "hx-trigger" not in page.partition('id="live"')[2].partition(">")[0]


def test_an_order_under_way_asks_and_is_told_only_what_is_new(client, member, sku) -> None:
    unpaid = waiting(member, sku)
    shop.log_in(client, member)
    assert "live/?seen=" in client.get(page_of(unpaid)).content.decode()
    seen = read_order(unpaid).version
    assert client.get(page_of(unpaid, "live/"), {"seen": seen}).status_code == 204
    client.post(page_of(unpaid, "cancel/"))
    assert client.get(page_of(unpaid, "live/"), {"seen": seen}).status_code == 200


def test_money_given_back_is_told_with_the_amount(client, member, order) -> None:
    world.refund(order, Decimal("12.50"))
    text = shop.text_of(shop.log_in(client, member).get(page_of(order)).content)
    assert "¥12.50" in text


def test_the_seconds_between_failure_and_refund_are_told() -> None:
    with translation.override("en"):
        assert [duration(s) for s in (0, 0.42, 12.4, 150, 7300, 90_000)] == [
            "0.1 seconds",
            "0.4 seconds",
            "12 seconds",
            "2 minutes",
            "2 hours",
            "25 hours",
        ]


# Paying and cancelling.
def test_an_unpaid_order_can_be_cancelled_once_and_nothing_was_charged(client, member, sku) -> None:
    unpaid = waiting(member, sku)
    shop.log_in(client, member)
    for _ in range(2):
        assert client.post(page_of(unpaid, "cancel/")).status_code == 302
    unpaid.refresh_from_db()
    assert unpaid.status == "cancelled"
    assert world.books_are_clean()


def test_a_finished_order_cant_be_cancelled(client, member, order) -> None:
    shop.log_in(client, member).post(page_of(order, "cancel/"))
    order.refresh_from_db()
    assert order.status == "completed"


def test_an_unpaid_order_can_be_paid_again(
    client, member, sku, payment_sandbox: SandboxProcess, settings
) -> None:
    settings.PAYMENT_SANDBOX_URL = payment_sandbox.base_url
    unpaid = waiting(member, sku)
    shop.log_in(client, member)
    first = client.post(page_of(unpaid, "pay/"), {"gateway": "sandbox"})
    again = client.post(page_of(unpaid, "pay/"), {"gateway": "sandbox"})
    assert first.headers["Location"].startswith(payment_sandbox.base_url)
    assert again.headers["Location"] == first.headers["Location"]


def test_an_unknown_gateway_is_refused(client, member, sku) -> None:
    unpaid = waiting(member, sku)
    answer = shop.log_in(client, member).post(page_of(unpaid, "pay/"), {"gateway": "x"})
    assert answer.headers["Location"] == page_of(unpaid)


def test_after_its_time_an_order_offers_no_payment(client, member, sku) -> None:
    unpaid = waiting(member, sku)
    Order.objects.update(pay_before=timezone.now() - timedelta(seconds=1))
    page = shop.log_in(client, member).get(page_of(unpaid)).content.decode()
    assert page_of(unpaid, "pay/") not in page


def test_buying_again_goes_straight_to_one_confirmation(client, member, order) -> None:
    answer = shop.log_in(client, member).post(page_of(order, "again/"))
    address = answer.headers["Location"]
    assert address.startswith("/kalegou/checkout/?draft=")
    client.post(address, {"payment": "wallet"})
    assert Order.objects.count() == 2


def test_goods_that_are_gone_cant_be_bought_again(client, member, order, sku) -> None:
    sku.is_on_sale = False
    sku.save()
    answer = shop.log_in(client, member).post(page_of(order, "again/"))
    assert answer.headers["Location"] == "/kalegou/products/"
