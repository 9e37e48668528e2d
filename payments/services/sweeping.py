"""Finds what notifications and the queue dropped: unpaid payments are asked after, refunds sent."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from database.due import take_due
from outbound.hints import after_commit
from payments import registry
from payments.gateways.base import QueryKind
from payments.models import Payment, PaymentRefund, PaymentRefundStatus, PaymentStatus
from payments.services.settling import settle

BATCH = 100
AGAIN_AFTER = timedelta(seconds=30)
QUERY_AFTER_SECONDS = (20, 30, 60, 120, 300, 600, 1200, 3600)


@transaction.atomic
def sweep() -> int:
    """Hint at every payment to ask after and every refund to send. Returns how many."""
    payments = take_due(
        Payment.objects.only("pk"), by="next_query_at", again_in=AGAIN_AFTER, most=BATCH
    )
    pending = PaymentRefund.objects.filter(status=PaymentRefundStatus.PENDING)
    refunds = take_due(
        pending.only("pk", "attempt_count"),
        by="next_attempt_at",
        again_in=AGAIN_AFTER,
        most=BATCH,
    )
    for payment in payments:
        after_commit("payments.tasks.ask_gateway", payment.pk)
    for refund in refunds:
        after_commit("payments.tasks.send_refund", refund.pk, refund.attempt_count)
    return len(payments) + len(refunds)


def ask_gateway(*, payment_id: int) -> None:
    """Ask the gateway what became of an unpaid payment, and act on the answer as on a notice.

    Holds no transaction over the call. Once the payment's time is over and the gateway doesn't
    know of money, the payment is closed.
    """
    payment = Payment.objects.get(pk=payment_id)
    if payment.status != PaymentStatus.PENDING:
        return
    answer = registry.gateway(payment.gateway).query(payment.payment_no)
    for notice in answer.notices:
        settle(gateway=payment.gateway, notice=notice)
    if answer.kind != QueryKind.PAID:
        _ask_again_or_close(payment, answer.kind)


def _ask_again_or_close(payment: Payment, kind: QueryKind) -> None:
    is_over = timezone.now() > payment.expires_at and kind in (
        QueryKind.CLOSED,
        QueryKind.NOT_FOUND,
    )
    mine = Payment.objects.filter(pk=payment.pk, status=PaymentStatus.PENDING)
    if is_over or kind == QueryKind.CLOSED:
        mine.update(status=PaymentStatus.CLOSED, next_query_at=None)
        return
    wait = QUERY_AFTER_SECONDS[min(payment.query_count, len(QUERY_AFTER_SECONDS) - 1)]
    mine.update(
        next_query_at=timezone.now() + timedelta(seconds=wait), query_count=F("query_count") + 1
    )
