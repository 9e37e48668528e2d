"""The checkout: one confirmation, one order, and nothing charged when anything is wrong."""

from __future__ import annotations

import re
from decimal import Decimal
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from catalog.models import SKU, Carrier
from kalegou.drafts import Draft
from kalegou.models import Member, SavedNumber
from ledger.services import balance
from orders.models import Order
from payments.models import Payment
from suppliers.models import Supplier
from tests import world
from tests.kalegou import shop
from tests.sandboxes import SandboxProcess

pytestmark = pytest.mark.django_db


@pytest.fixture
def sku() -> SKU:
    return shop.make_cards(5, list_price="50")


@pytest.fixture
def member() -> Member:
    return shop.make_member("120")


@pytest.fixture
def cashier(payment_sandbox: SandboxProcess, settings) -> SandboxProcess:
    settings.PAYMENT_SANDBOX_URL = payment_sandbox.base_url
    return payment_sandbox


@pytest.fixture
def broken_cashier(settings) -> None:
    settings.PAYMENT_SANDBOX_URL = "http://127.0.0.1:9"


def test_cards_from_the_wallet_are_there_at_once(client, member, sku) -> None:
    order = shop.buy_cards(shop.log_in(client, member), sku, 2)
    assert (order.status, order.total, order.buyer) == ("completed", Decimal(100), member.user)
    assert balance(member.wallet_id) == Decimal(20)
    assert world.books_are_clean()


def test_pressing_twice_makes_one_order(client, member, sku) -> None:
    address = shop.checkout_of(shop.log_in(client, member), sku)
    answers = [client.post(address, {"payment": "wallet"}) for _ in range(3)]
    order = Order.objects.get()
    assert {a.headers["Location"] for a in answers} == {f"/kalegou/orders/{order.order_no}/"}
    assert balance(member.wallet_id) == Decimal(70)


def test_coming_back_to_a_used_checkout_shows_its_order(client, member, sku) -> None:
    address = shop.checkout_of(shop.log_in(client, member), sku)
    client.post(address, {"payment": "wallet"})
    order = Order.objects.get()
    assert client.get(address).headers["Location"] == f"/kalegou/orders/{order.order_no}/"


def test_a_guest_whose_first_answer_was_lost_still_gets_the_order(cashier, sku) -> None:
    """Pressed twice: the browser dropped the first answer together with its cookie."""
    browser, lost = Client(), Client()
    address = shop.checkout_of(browser, sku)
    lost.cookies.update(browser.cookies)
    lost.post(address, {"payment": "sandbox"})
    page = browser.post(address, {"payment": "sandbox"}, follow=True)
    assert page.status_code == 200
    assert Order.objects.get().order_no in page.content.decode()


def pay_through_the_form(client: Client, page: bytes):
    """Press the button of the page that is shown."""
    (action,) = re.findall(r'<form id="checkout" method="post" action="([^"]+)"', page.decode())
    return client.post(unescape(action), {"payment": "sandbox"})


def test_a_link_sent_to_somebody_never_shows_the_sender_their_order(cashier, sku) -> None:
    sender, buyer = Client(), Client()
    address = shop.checkout_of(sender, sku)
    page = buyer.get(address)
    assert page.status_code == 200
    pay_through_the_form(buyer, page.content)
    order = Order.objects.get()
    own = f"/kalegou/orders/{order.order_no}/"
    assert buyer.get(own).status_code == 200
    sender.post(address, {"payment": "nonsense"})
    Client().post(address, {"payment": "sandbox"}, follow=True)
    stranger = Client()
    stranger.post(address, {"payment": "sandbox"})
    for other in (sender, stranger):
        assert other.get(own).status_code == 404
    assert Order.objects.count() == 1


def test_a_draft_that_became_an_order_lets_the_next_one_buy_for_themselves(cashier, sku) -> None:
    first, second = Client(), Client()
    address = shop.checkout_of(first, sku)
    first.post(address, {"payment": "sandbox"})
    pay_through_the_form(second, second.get(address).content)
    older, newer = Order.objects.order_by("pk")
    assert older.buyer_key != newer.buyer_key
    assert second.get(f"/kalegou/orders/{newer.order_no}/").status_code == 200
    assert second.get(f"/kalegou/orders/{older.order_no}/").status_code == 404


def test_a_guest_whose_session_ended_is_asked_once_more_and_then_pays(cashier, sku) -> None:
    address = shop.checkout_of(Client(), sku)
    returning = Client()
    asked = returning.post(address, {"payment": "sandbox"})
    assert asked.status_code == 409
    assert not Order.objects.exists()
    assert pay_through_the_form(returning, asked.content).status_code == 302
    assert Order.objects.count() == 1


def test_choosing_many_goods_never_pushes_an_order_out(cashier, sku) -> None:
    guest = Client()
    guest.post(shop.checkout_of(guest, sku), {"payment": "sandbox"})
    for _ in range(60):
        shop.checkout_of(guest, sku)
    assert guest.get(f"/kalegou/orders/{Order.objects.get().order_no}/").status_code == 200


def test_a_low_balance_is_told_before_the_purchase_and_refused_after_it(
    client, member, sku
) -> None:
    address = shop.checkout_of(shop.log_in(client, member), sku, 3)
    page = client.get(address).content.decode()
    assert 'value="wallet" disabled' in page
    assert "30.00" in shop.text_of(page.encode())
    answer = client.post(address, {"payment": "wallet"})
    assert answer.status_code == 402
    assert 'id="id_payment_error"' in answer.content.decode()
    assert balance(member.wallet_id) == Decimal(120)
    assert not Order.objects.exists()


def test_a_price_that_rose_is_shown_before_it_is_paid(client, member, sku) -> None:
    address = shop.checkout_of(shop.log_in(client, member), sku)
    SKU.objects.update(list_price="60")
    answer = client.post(address, {"payment": "wallet", "seen_price": "50.00"})
    assert answer.status_code == 409
    assert 'name="seen_price" value="60.00"' in answer.content.decode()
    assert not Order.objects.exists()
    client.post(address, {"payment": "wallet", "seen_price": "60.00"})
    assert Order.objects.get().total == Decimal(60)


@pytest.mark.parametrize("price", ["0.01", "0", "-5", "1e9", "NaN", "abc", "99999999999999999999"])
def test_a_price_sent_by_the_browser_never_decides_what_is_paid(client, member, sku, price) -> None:
    client.post(
        shop.checkout_of(shop.log_in(client, member), sku),
        {"payment": "wallet", "seen_price": price},
    )
    assert all(order.total == Decimal(50) for order in Order.objects.all())


def test_a_price_that_fell_is_simply_the_lower_one(client, member, sku) -> None:
    address = shop.checkout_of(shop.log_in(client, member), sku)
    SKU.objects.update(list_price="45")
    client.post(address, {"payment": "wallet", "seen_price": "50.00"})
    assert Order.objects.get().total == Decimal(45)


def test_sold_out_meanwhile_is_said_before_paying_and_charges_nothing(client, member, sku) -> None:
    address = shop.checkout_of(shop.log_in(client, member), sku)
    shop.buy_cards(shop.log_in(Client(), shop.make_member("1000")), sku, 5)
    assert 'form="checkout" disabled' in client.get(address).content.decode()
    assert client.post(address, {"payment": "wallet"}).status_code == 409
    assert balance(member.wallet_id) == Decimal(120)


def test_a_closed_supplier_is_said_before_paying(client, member, sku) -> None:
    address = shop.checkout_of(shop.log_in(client, member), sku)
    Supplier.objects.update(is_open=False)
    assert 'form="checkout" disabled' in client.get(address).content.decode()
    assert client.post(address, {"payment": "wallet"}).status_code == 409
    assert not Order.objects.exists()


def test_goods_taken_off_the_shelf_leave_a_clear_page(client, member, sku) -> None:
    address = shop.checkout_of(shop.log_in(client, member), sku)
    sku.is_on_sale = False
    sku.save()
    assert client.get(address).status_code == 404
    assert client.post(address, {"payment": "wallet"}).status_code == 404


@pytest.mark.parametrize("payment", ["", "bitcoin", "wallet\x00", "sandbox'--"])
def test_an_invented_way_to_pay_is_refused(client, member, sku, payment) -> None:
    answer = client.post(shop.checkout_of(shop.log_in(client, member), sku), {"payment": payment})
    assert answer.status_code == 422
    assert not Order.objects.exists()


def test_a_guest_cant_pay_from_a_wallet(client, sku) -> None:
    assert client.post(shop.checkout_of(client, sku), {"payment": "wallet"}).status_code == 422


def test_a_draft_that_was_changed_or_invented_opens_nothing(client, sku) -> None:
    address = shop.checkout_of(client, sku)
    (sealed,) = parse_qs(urlsplit(address).query)["draft"]
    for draft in ("", "x", sealed[:-1], sealed.replace(".", "!", 1), "x" * 4000):
        assert client.get("/kalegou/checkout/", {"draft": draft}).status_code == 404


def test_a_guest_pays_at_the_cashier_and_the_order_waits_for_the_money(
    client, cashier, sku
) -> None:
    answer = client.post(shop.checkout_of(client, sku), {"payment": "sandbox"})
    order = Order.objects.get()
    assert answer.headers["Location"].startswith(cashier.base_url)
    assert (order.status, order.buyer) == ("awaiting_payment", None)
    assert Payment.objects.get().purpose_ref == order.order_no


def test_a_cashier_that_is_down_leaves_an_order_that_can_be_paid_later(
    client, broken_cashier, sku
) -> None:
    page = client.post(shop.checkout_of(client, sku), {"payment": "sandbox"}, follow=True)
    order = Order.objects.get()
    assert order.status == "awaiting_payment"
    assert f"/kalegou/orders/{order.order_no}/pay/" in page.content.decode()


def test_the_number_of_a_topup_is_kept_for_the_next_time(client, member) -> None:
    (sku,) = shop.make_carrier(Carrier.MOBILE, 100)
    draft = Draft(sku_code=sku.code, quantity=1, account={"phone": shop.MOBILE_NUMBER})
    shop.log_in(client, member).post(
        f"/kalegou/checkout/?draft={draft.seal()}", {"payment": "wallet"}
    )
    assert SavedNumber.objects.get().phone == shop.MOBILE_NUMBER
    assert Order.objects.get().status == "paid"


def test_an_account_that_is_wrong_by_now_is_refused(client, member) -> None:
    (sku,) = shop.make_carrier(Carrier.MOBILE, 100)
    draft = Draft(sku_code=sku.code, quantity=1, account={"phone": "123"})
    answer = shop.log_in(client, member).post(
        f"/kalegou/checkout/?draft={draft.seal()}", {"payment": "wallet"}
    )
    assert answer.status_code == 422
    assert not Order.objects.exists()


def test_the_checkout_costs_the_same_queries_for_one_card_and_for_many(
    client, member, sku, django_assert_num_queries
) -> None:
    shop.log_in(client, member)
    one, many = shop.checkout_of(client, sku, 1), shop.checkout_of(client, sku, 5)
    client.get(one)
    with django_assert_num_queries(8):
        client.get(one)
    with django_assert_num_queries(8):
        client.get(many)
