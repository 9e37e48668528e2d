"""Money that arrives: once, twice, late, too little, or for nothing we know."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from catalog.models import SKU
from kalegou.services import ensure_member
from ledger import accounts
from ledger.services import balance
from orders.models import Funding, Order
from orders.services import cancel_unpaid, place_order
from payments.gateways.base import GatewayNotice, PaymentStatus, RefundKind, RefundOutcome
from payments.models import Payment, PaymentRefund
from payments.services import NoticeMismatch, apply_refund_outcome, settle
from tests import world
from tests.threads import in_threads

pytestmark = pytest.mark.django_db


@pytest.fixture
def sku() -> SKU:
    sku = world.make_sku(list_price="20")
    world.stock_cards(sku, 2, unit_cost="15")
    return sku


def order_and_payment(sku: SKU, ref: str = "c1") -> tuple[Order, Payment]:
    order = place_order(
        channel="retail",
        buyer=None,
        guest_key="guest",
        sku=sku,
        quantity=1,
        client_ref=ref,
        funding=Funding.GATEWAY,
    ).order
    payment = Payment.objects.create(
        payment_no=f"P{order.order_no}",
        purpose="order",
        purpose_ref=order.order_no,
        gateway="sandbox",
        amount=order.total,
        subject="x",
        expires_at=timezone.now() + timedelta(minutes=15),
    )
    return order, payment


def arrives(payment: Payment, trade: str = "T1", *, amount: str = "20", currency: str = "CNY"):
    settle(
        gateway="sandbox",
        notice=GatewayNotice(
            payment.payment_no, trade, PaymentStatus.PAID, Decimal(amount), currency
        ),
    )


def status(order: Order) -> str:
    order.refresh_from_db()
    return order.status


def test_a_payment_delivers_the_order_in_the_same_breath(sku: SKU) -> None:
    order, payment = order_and_payment(sku)
    assert status(order) == "awaiting_payment"
    assert balance(accounts.escrow()) == 0
    arrives(payment)
    assert status(order) == "completed"
    assert balance(accounts.cash("sandbox")) == Decimal(-20)
    assert world.books_are_clean()


def test_the_same_notice_again_changes_nothing(sku: SKU) -> None:
    _, payment = order_and_payment(sku)
    for _ in range(3):
        arrives(payment)
    assert payment.receipts.count() == 1
    assert not PaymentRefund.objects.exists()
    assert world.books_are_clean()


def test_paid_twice_goes_back_once(sku: SKU) -> None:
    order, payment = order_and_payment(sku)
    arrives(payment, "T1")
    arrives(payment, "T2")
    refund = PaymentRefund.objects.get()
    assert (refund.receipt.trade_no, refund.amount) == ("T2", Decimal(20))
    assert balance(accounts.refund_clearing("sandbox")) == Decimal(20)
    for _ in range(2):
        apply_refund_outcome(refund_no=refund.refund_no, outcome=RefundOutcome(RefundKind.DONE))
    assert balance(accounts.refund_clearing("sandbox")) == 0
    assert status(order) == "completed"
    assert world.books_are_clean()


def test_another_amount_is_not_accepted_and_goes_back(sku: SKU) -> None:
    order, payment = order_and_payment(sku)
    arrives(payment, amount="0.01")
    assert status(order) == "awaiting_payment"
    assert PaymentRefund.objects.get().amount == Decimal("0.01")
    assert world.books_are_clean()


def test_another_currency_or_number_is_refused(sku: SKU) -> None:
    _, payment = order_and_payment(sku)
    with pytest.raises(NoticeMismatch):
        arrives(payment, currency="USD")
    payment.payment_no = "P0"
    with pytest.raises(NoticeMismatch):
        arrives(payment)
    assert world.books_are_clean()


def test_a_late_payment_revives_a_cancelled_order(sku: SKU) -> None:
    order, payment = order_and_payment(sku)
    cancel_unpaid(order_id=order.pk)
    arrives(payment)
    assert status(order) == "completed"
    assert [event.code for event in order.events.all()] == [
        "placed",
        "cancelled_unpaid",
        "paid_late",
        "completed",
    ]
    assert world.books_are_clean()


def test_a_late_payment_at_a_price_that_rose_goes_back(sku: SKU) -> None:
    order, payment = order_and_payment(sku)
    cancel_unpaid(order_id=order.pk)
    SKU.objects.filter(pk=sku.pk).update(list_price=Decimal(21))
    arrives(payment)
    assert status(order) == "cancelled"
    assert PaymentRefund.objects.get().amount == Decimal(20)
    assert world.books_are_clean()


def test_the_last_card_sold_meanwhile_sends_the_money_back_at_once(sku: SKU) -> None:
    orders = [order_and_payment(sku, f"c{n}") for n in range(3)]
    for number, (_, payment) in enumerate(orders):
        arrives(payment, f"T{number}")
    assert [status(order) for order, _ in orders] == ["completed", "completed", "failed"]
    assert PaymentRefund.objects.get().amount == Decimal(20)
    assert world.books_are_clean()


def test_a_rejected_refund_keeps_the_money_in_clearing_for_staff(sku: SKU) -> None:
    _, payment = order_and_payment(sku)
    arrives(payment, "T1")
    arrives(payment, "T2")
    refund = PaymentRefund.objects.get()
    apply_refund_outcome(refund_no=refund.refund_no, outcome=RefundOutcome(RefundKind.REJECTED))
    refund.refresh_from_db()
    assert refund.status == "failed"
    assert balance(accounts.refund_clearing("sandbox")) == Decimal(20)
    assert world.books_are_clean()


def test_a_deposit_lands_in_the_payers_wallet_once() -> None:
    member = ensure_member(world.make_user())
    payment = Payment.objects.create(
        payment_no="PD1",
        purpose="deposit",
        purpose_ref="retail",
        payer=member.user,
        gateway="sandbox",
        amount=Decimal(50),
        subject="x",
        expires_at=timezone.now(),
    )
    arrives(payment, amount="50")
    arrives(payment, amount="50")
    assert balance(member.wallet_id) == Decimal(50)
    assert world.books_are_clean()


@pytest.mark.django_db(transaction=True)
def test_twenty_notices_at_once_settle_once(sku: SKU) -> None:
    order, payment = order_and_payment(sku)
    in_threads(lambda n: arrives(payment, f"T{n % 2}"), range(20), threads=10)
    assert status(order) == "completed"
    assert payment.receipts.filter(is_accepted=True).count() == 1
    assert PaymentRefund.objects.count() == 1
    assert world.books_are_clean()
