"""Money arrived, or didn't: the one place that believes a gateway.

Invariant: a payment is settled by at most one receipt; every receipt is booked once, into the
account that the payment is for or, when it can't be accepted, into refund clearing on its way back.
"""

from __future__ import annotations

import structlog
from django.db import transaction
from django.utils import timezone

from ledger import accounts
from ledger import services as ledger
from ledger.models import EntryKind
from ledger.services import Line
from payments.gateways.base import GatewayNotice
from payments.gateways.base import PaymentStatus as Told
from payments.models import Payment, PaymentStatus, Receipt
from payments.purposes import purpose
from payments.services.refunding import queue_refund

log = structlog.get_logger(__name__)


class NoticeMismatch(Exception):
    """A verified notice that doesn't fit the payment (unknown number, other currency)."""


@transaction.atomic
def settle(*, gateway: str, notice: GatewayNotice) -> None:
    """Act on one verified notice or query answer about a payment, once, whatever arrives twice.

    Paid: a new trade is booked and, if the payment still waits for exactly this amount and its
    purpose still takes it, settles it; otherwise it is booked and goes back by itself. Locks the
    payment, then whatever its purpose locks. Raises NoticeMismatch and changes nothing.
    """
    payment = (
        Payment.objects.select_for_update(no_key=True)
        .filter(payment_no=notice.payment_no, gateway=gateway)
        .first()
    )
    if payment is None or notice.currency != payment.unit:
        raise NoticeMismatch(notice.payment_no)
    if notice.status == Told.PAID:
        _take(payment, notice)
    elif payment.status == PaymentStatus.PENDING:
        if notice.status == Told.CLOSED:
            payment.status = PaymentStatus.CLOSED
            payment.next_query_at = None
        # FAILED is one refused attempt: the person may try again until the payment closes.
        payment.save(update_fields=["status", "next_query_at"])


def _take(payment: Payment, notice: GatewayNotice) -> None:
    trade = {"gateway": payment.gateway, "trade_no": notice.gateway_trade_no}
    if Receipt.objects.filter(**trade).exists():
        return
    door = purpose(payment.purpose)
    is_expected = (
        payment.status in (PaymentStatus.PENDING, PaymentStatus.CLOSED, PaymentStatus.FAILED)
        and notice.amount == payment.amount
    )
    account = door.account_to_credit(payment) if is_expected else None
    receipt = Receipt.objects.create(
        **trade, payment=payment, amount=notice.amount, is_accepted=account is not None
    )
    ledger.post(
        reference=f"receipt:{payment.gateway}:{receipt.trade_no}",
        kind=EntryKind.DEPOSIT if payment.purpose == "deposit" else EntryKind.PAYMENT,
        lines=[
            Line(accounts.cash(payment.gateway), -receipt.amount),
            Line(account or accounts.refund_clearing(payment.gateway), receipt.amount),
        ],
        memo=payment.payment_no,
    )
    if account is None:
        queue_refund(receipt, amount=receipt.amount, reason="not_accepted")
        if payment.status == PaymentStatus.PENDING:  # nothing more to wait for
            payment.status = PaymentStatus.CLOSED
            payment.next_query_at = None
            payment.save(update_fields=["status", "next_query_at"])
        log.warning("receipt_goes_back", payment_no=payment.payment_no)
        return
    payment.status = PaymentStatus.SETTLED
    payment.settled_at = timezone.now()
    payment.next_query_at = None
    payment.save(update_fields=["status", "settled_at", "next_query_at"])
    door.settled(payment)
