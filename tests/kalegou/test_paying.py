"""Paying in the shop with Alipay and WeChat Pay: scanned, told, told wrongly, late and twice."""

from __future__ import annotations

import secrets
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from catalog.models import SKU
from ledger import accounts
from ledger.services import balance
from orders.models import Order
from orders.services import cancel_unpaid
from payments.models import Payment, PaymentRefund, PaymentStatus, Receipt
from payments.services import ask_gateway, send_refund
from tests import world
from tests.kalegou import shop
from tests.payments import merchants
from tests.sandboxes import SandboxProcess

pytestmark = pytest.mark.django_db
DESKTOP = {"user-agent": "Mozilla/5.0 (X11; Linux x86_64) Chrome/140"}
PHONE = {"user-agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Mobile/15E148"}
IN_WECHAT = {"user-agent": PHONE["user-agent"] + " MicroMessenger/8.0"}
NOTICES = "/callbacks/payments/"


@pytest.fixture
def sku() -> SKU:
    return shop.make_cards(5, list_price="49.60")


@pytest.fixture
def twins(payment_sandbox: SandboxProcess, settings: Any) -> SandboxProcess:
    settings.PAYMENT_SANDBOX_URL = payment_sandbox.base_url
    settings.PAYMENT_SANDBOX_KEYS = merchants.keys_path(payment_sandbox)
    return payment_sandbox


def order_by(
    client: Client, sku: SKU, gateway: str, headers: dict[str, str]
) -> tuple[Order, Payment, Any]:
    """A guest's unpaid order, its payment, and where the browser was sent."""
    answer = client.post(shop.checkout_of(client, sku), {"payment": gateway}, headers=headers)
    return Order.objects.latest("pk"), Payment.objects.latest("pk"), answer


def alipay_says(client: Client, twins: SandboxProcess, payment: Payment, **fields: str) -> Any:
    told = {
        "out_trade_no": payment.payment_no,
        "trade_no": "2026112422001",
        "total_amount": "49.60",
    }
    body = merchants.alipay_notice(twins, **told | fields)
    return client.post(f"{NOTICES}alipay/", body, content_type="application/x-www-form-urlencoded")


def wechat_says(
    client: Client, twins: SandboxProcess, payment: Payment, *, nonce: str = "", **fields: Any
) -> Any:
    told = {
        "out_trade_no": payment.payment_no,
        "transaction_id": "4200000001",
        "trade_state": "SUCCESS",
        "amount": {"total": 4960, "currency": "CNY"},
    }
    body, headers = merchants.wechat_notice(twins, told | fields, nonce=nonce)
    return client.post(f"{NOTICES}wechat/", body, content_type="application/json", headers=headers)


def status(order: Order) -> str:
    order.refresh_from_db()
    return order.status


@pytest.mark.parametrize(
    ("gateway", "device", "is_code"),
    [
        ("alipay", DESKTOP, True),
        ("alipay", PHONE, False),
        ("wechat", DESKTOP, True),
        ("wechat", PHONE, False),
        ("wechat", IN_WECHAT, True),
    ],
)
def test_a_computer_shows_a_code_and_a_phone_opens_the_app(
    client: Client, twins: SandboxProcess, sku: SKU, gateway: str, device: Any, is_code: bool
) -> None:
    order, payment, answer = order_by(client, sku, gateway, device)
    page = client.get(f"/kalegou/orders/{order.order_no}/").content.decode()
    if is_code:
        assert f"/orders/{order.order_no}/" in answer.headers["Location"]
        assert '<span class="qr"><svg' in page
        assert "¥49.60" in page
    else:
        assert answer.headers["Location"].startswith(twins.base_url)
        assert "<svg" not in page.partition('class="scan"')[2]
    assert bool(payment.code_text) == is_code
    assert status(order) == "awaiting_payment"


def test_the_code_can_be_left_for_alipay_s_own_page(
    client: Client, twins: SandboxProcess, sku: SKU
) -> None:
    order, _, _ = order_by(client, sku, "alipay", DESKTOP)
    page = client.get(f"/kalegou/orders/{order.order_no}/").content.decode()
    assert 'name="scene" value="page"' in page
    answer = client.post(
        f"/kalegou/orders/{order.order_no}/pay/",
        {"gateway": "alipay", "scene": "page"},
        headers=DESKTOP,
    )
    assert "alipay.trade.page.pay" in answer.headers["Location"]


def test_each_gateway_s_notice_delivers_once_however_often_it_comes(
    client: Client, twins: SandboxProcess, sku: SKU
) -> None:
    first, payment, _ = order_by(client, sku, "alipay", DESKTOP)
    for _ in range(3):
        answer = alipay_says(client, twins, payment)
        assert (answer.status_code, answer.content) == (200, b"success")
    second, payment, _ = order_by(Client(), sku, "wechat", DESKTOP)
    for _ in range(3):
        answer = wechat_says(client, twins, payment)
        assert (answer.status_code, answer.content) == (200, b"")
    assert (status(first), status(second)) == ("completed", "completed")
    assert Receipt.objects.count() == 2
    assert balance(accounts.cash("alipay")) == balance(accounts.cash("wechat")) == Decimal("-49.60")
    assert world.books_are_clean()


def test_a_recorded_notice_is_refused_the_second_time(
    client: Client, twins: SandboxProcess, sku: SKU
) -> None:
    _, payment, _ = order_by(client, sku, "wechat", DESKTOP)
    nonce = secrets.token_hex(16)
    assert wechat_says(client, twins, payment, nonce=nonce).status_code == 200
    again = wechat_says(client, twins, payment, nonce=nonce)
    assert again.status_code == 401
    assert again.json()["code"] == "FAIL"


def test_a_forged_or_foreign_notice_changes_nothing(
    client: Client, twins: SandboxProcess, sku: SKU
) -> None:
    order, payment, _ = order_by(client, sku, "alipay", DESKTOP)
    for told in (
        {"signed_by": "alipay_merchant"},
        {"seller_id": "2088000000000002"},
        {"app_id": "2021000000000002"},
        {"out_trade_no": "P404"},
    ):
        answer = alipay_says(client, twins, payment, **told)
        assert answer.status_code == 400
        assert b"success" not in answer.content
    # Good at one gateway's address is nothing at the other's.
    body = merchants.alipay_notice(
        twins, out_trade_no=payment.payment_no, trade_no="T", total_amount="49.60"
    )
    answer = client.post(
        f"{NOTICES}wechat/", body, content_type="application/x-www-form-urlencoded"
    )
    assert answer.status_code == 401
    assert wechat_says(client, twins, payment).status_code == 401  # not WeChat's payment
    assert status(order) == "awaiting_payment"
    assert not Receipt.objects.exists()


@pytest.mark.parametrize("amount", ["49.59", "0.01", "496.00"])
def test_a_wrong_amount_is_booked_and_goes_back_by_itself(
    client: Client, twins: SandboxProcess, sku: SKU, amount: str
) -> None:
    order, payment, _ = order_by(client, sku, "alipay", DESKTOP)
    assert alipay_says(client, twins, payment, total_amount=amount).status_code == 200
    assert status(order) == "awaiting_payment"
    (back,) = PaymentRefund.objects.all()
    assert (back.amount, back.receipt.is_accepted) == (Decimal(amount), False)
    assert world.books_are_clean()


def test_another_currency_is_refused(client: Client, twins: SandboxProcess, sku: SKU) -> None:
    order, payment, _ = order_by(client, sku, "wechat", DESKTOP)
    answer = wechat_says(client, twins, payment, amount={"total": 4960, "currency": "USD"})
    assert answer.status_code == 401
    assert status(order) == "awaiting_payment"
    assert not Receipt.objects.exists()


def test_a_notice_of_a_part_refund_is_no_payment(
    client: Client, twins: SandboxProcess, sku: SKU
) -> None:
    order, payment, _ = order_by(client, sku, "alipay", DESKTOP)
    answer = alipay_says(
        client, twins, payment, gmt_refund="2026-11-24 12:00:00", refund_fee="1.00"
    )
    assert answer.content == b"success"
    assert status(order) == "awaiting_payment"


def test_paying_by_both_keeps_one_payment_and_sends_the_other_back(
    client: Client, twins: SandboxProcess, sku: SKU
) -> None:
    order, by_alipay, _ = order_by(client, sku, "alipay", DESKTOP)
    client.post(f"/kalegou/orders/{order.order_no}/pay/", {"gateway": "wechat"}, headers=DESKTOP)
    by_wechat = Payment.objects.latest("pk")
    assert by_wechat.gateway == "wechat"
    pay_by_phone(twins, by_alipay)
    pay_by_phone(twins, by_wechat)

    for payment in (by_wechat, by_alipay):  # WeChat's money is heard of first
        ask_gateway(payment_id=payment.pk)

    assert status(order) == "completed"
    (back,) = PaymentRefund.objects.all()
    assert back.receipt.payment == by_alipay
    send_refund(refund_id=back.pk, attempt_count=back.attempt_count)
    back.refresh_from_db()
    assert back.status == "done"
    (trade,) = twins.trade(by_alipay.payment_no)["trades"]
    assert trade["refunded"] == "49.60"
    assert balance(accounts.cash("alipay")) == 0
    assert world.books_are_clean()


@pytest.mark.parametrize("gateway", ["alipay", "wechat"])
def test_money_that_comes_after_the_order_was_cancelled_goes_back(
    client: Client, twins: SandboxProcess, gateway: str
) -> None:
    sku = shop.make_cards(1, list_price="49.60")
    order, payment, _ = order_by(client, sku, gateway, DESKTOP)
    cancel_unpaid(order_id=order.pk, by_buyer=True)
    shop.buy_cards(shop.log_in(Client(), shop.make_member("100")), sku)  # the last card is gone
    pay_by_phone(twins, payment)

    ask_gateway(payment_id=payment.pk)

    (back,) = PaymentRefund.objects.all()
    send_refund(refund_id=back.pk, attempt_count=back.attempt_count)
    back.refresh_from_db()
    assert (back.status, back.amount) == ("done", Decimal("49.60"))
    assert balance(accounts.refund_clearing(gateway)) == 0
    assert world.books_are_clean()


def test_a_deposit_by_code_is_followed_on_the_wallet_s_page(
    client: Client, twins: SandboxProcess
) -> None:
    member = shop.make_member()
    shop.log_in(client, member)
    wallet = "/kalegou/account/wallet/"
    answer = client.post(wallet, {"amount": "49.60", "gateway": "wechat"}, headers=DESKTOP)
    assert answer.headers["Location"] == wallet
    assert '<span class="qr"><svg' in client.get(wallet).content.decode()
    waiting = client.get(wallet, HTTP_HX_REQUEST="true")
    assert b'class="scan"' in waiting.content
    payment = Payment.objects.get()
    wechat_says(client, twins, payment)
    done = client.get(wallet, HTTP_HX_REQUEST="true")
    assert done.headers["HX-Refresh"] == "true"
    payment.refresh_from_db()
    assert payment.status == PaymentStatus.SETTLED
    assert balance(member.wallet_id) == Decimal("49.60")


def pay_by_phone(twins: SandboxProcess, payment: Payment) -> None:
    """Scan the code and pay; the notice that follows goes to nobody here."""
    merchants.click(merchants.open_page(merchants.scanned(payment.code_text), twins), "pay")
