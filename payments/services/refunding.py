"""Sending money back through the gateway that it came from, until the gateway confirms it.

Invariant: refund clearing holds exactly the refunds that are neither confirmed nor settled by staff
(`handling`); the refunds of a receipt never exceed it.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet, Sum
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone

from ledger import accounts
from ledger import services as ledger
from ledger.models import EntryKind
from ledger.services import Line
from outbound.hints import after_commit
from outbound.numbers import new_number
from payments import registry
from payments.gateways.base import RefundKind, RefundOutcome, RefundRequest
from payments.models import (
    UNSETTLED_REFUNDS,
    PaymentRefund,
    PaymentRefundStatus,
    Receipt,
)
from payments.purposes import purpose

log = structlog.get_logger(__name__)

RETRY_AFTER_SECONDS = (2, 5, 10, 30, 60, 300, 900, 3600)
SEND_WITHIN = timedelta(seconds=60)


class RefundExceedsReceipt(AssertionError):
    """A bug in the caller: more would go back than came."""


def refund(*, purpose: str, purpose_ref: str, amount: Decimal, reason: str) -> PaymentRefund:
    """Send `amount` (CNY) of what was paid for this thing back to the payer.

    Only queues it, inside the caller's transaction, which also books the money into refund
    clearing; a worker sends it after commit and retries until the gateway confirms.
    """
    receipt = Receipt.objects.get(
        payment__purpose=purpose, payment__purpose_ref=purpose_ref, is_accepted=True
    )
    return queue_refund(receipt, amount=amount, reason=reason)


def queue_refund(
    receipt: Receipt, *, amount: Decimal, reason: str, original: PaymentRefund | None = None
) -> PaymentRefund:
    """Queue the refund of (part of) one receipt. Locks the receipt.

    `original`: the refund whose number was refused, when this one takes its place.
    """
    Receipt.objects.select_for_update(no_key=True).get(pk=receipt.pk)
    sent = receipt.refunds.exclude(status=PaymentRefundStatus.REPLACED).aggregate(s=Sum("amount"))
    if (sent["s"] or Decimal(0)) + amount > receipt.amount:
        raise RefundExceedsReceipt(f"{receipt.trade_no}: {sent['s']} + {amount}")
    queued = PaymentRefund.objects.create(
        refund_no=new_number("R"),
        receipt=receipt,
        amount=amount,
        reason=reason,
        original=original,
        next_attempt_at=timezone.now(),
    )
    after_commit("payments.tasks.send_refund", queued.pk, 0)
    return queued


def send_refund(*, refund_id: int, attempt_count: int) -> None:
    """Send (again) one pending refund, or ask after it. Holds no transaction over the call.

    `attempt_count` is what the hint saw: the first to count it up sends, so two workers never send
    at once. Repeats carry the same number, so the gateway refunds once whatever happens.
    """
    is_claimed = PaymentRefund.objects.filter(
        pk=refund_id, status=PaymentRefundStatus.PENDING, attempt_count=attempt_count
    ).update(next_attempt_at=timezone.now() + SEND_WITHIN, attempt_count=attempt_count + 1)
    if not is_claimed:
        return
    queued = PaymentRefund.objects.select_related("receipt__payment").get(pk=refund_id)
    payment = queued.receipt.payment
    request = RefundRequest(
        refund_no=queued.refund_no,
        payment_no=payment.payment_no,
        gateway_trade_no=queued.receipt.trade_no,
        amount=queued.amount,
        total=queued.receipt.amount,
        reason=queued.reason,
        notify_url=settings.BASE_URL + reverse("payments:callback", args=[payment.gateway]),
    )
    client = registry.gateway(payment.gateway)
    outcome = client.query_refund(request) if attempt_count else client.refund(request)
    if outcome.kind == RefundKind.NOT_FOUND:
        outcome = client.refund(request)
    apply_refund_outcome(refund_no=queued.refund_no, outcome=outcome)


@transaction.atomic
def apply_refund_outcome(*, refund_no: str, outcome: RefundOutcome) -> None:
    """Take one answer about one refund: done is booked once, everything else is tried again.

    A rejected refund stays in refund clearing and is staff's to settle (`handling`): the payer's
    money is never quietly kept. "Done" after staff settled it otherwise is recorded, and booked as
    a loss once it is certain that the payer has the money twice. Locks the refund.
    """
    queued = locked_refund(refund_no=refund_no)
    if queued is None or queued.status == PaymentRefundStatus.DONE:
        return
    queued.last_message = (outcome.message or outcome.code)[:200]
    was = queued.status
    if was not in UNSETTLED_REFUNDS:
        if outcome.kind == RefundKind.DONE and queued.late_done_at is None:
            queued.late_done_at = timezone.now()
            log.error("refund_done_after_all", refund_no=refund_no)
        queued.save()
        settle_late_refunds(queued)
        return
    if outcome.kind == RefundKind.DONE:
        _confirm(queued)
    elif outcome.kind == RefundKind.REJECTED:
        queued.status = PaymentRefundStatus.FAILED
        queued.next_attempt_at = None
        log.error("refund_rejected", refund_no=refund_no, code=outcome.code)
    elif was == PaymentRefundStatus.PENDING:
        wait = RETRY_AFTER_SECONDS[min(queued.attempt_count, len(RETRY_AFTER_SECONDS) - 1)]
        queued.next_attempt_at = timezone.now() + timedelta(seconds=wait)
    queued.save()
    if queued.status != was:
        tell_purpose(queued)
    settle_late_refunds(queued)


def locked_refund(*, refund_no: str) -> PaymentRefund | None:
    """A refund with its payment, locked: the first of its numbers before itself, so that whoever
    changes any of them goes one after the other."""
    numbers = PaymentRefund.objects.filter(refund_no=refund_no)
    first = numbers.annotate(first=Coalesce("original_id", "pk")).values_list("first", flat=True)
    rows = PaymentRefund.objects.select_for_update(no_key=True, of=("self",))
    if rows.filter(pk__in=list(first)).first() is None:
        return None
    return rows.select_related("receipt__payment", "original").get(refund_no=refund_no)


def tell_purpose(refund: PaymentRefund) -> None:
    """Tell what was paid for that its refund has another status."""
    purpose(refund.receipt.payment.purpose).refund_changed(refund)


def settle_late_refunds(refund: PaymentRefund) -> None:
    """Book what a gateway paid under a number that staff had settled another way.

    Of a refund under several numbers the last one says where the money is: refused too, then the
    late payment is the refund; on its way, that is waited for; settled, then the payer has the
    money twice and the late payment is our loss. Safe to repeat.
    """
    for late in _late_ones(refund):
        last = same_refund(late).exclude(status=PaymentRefundStatus.REPLACED).get()
        if last.status == PaymentRefundStatus.PENDING:
            continue
        if last.status == PaymentRefundStatus.FAILED:
            last.status = PaymentRefundStatus.REPLACED
            last.save(update_fields=["status"])
            _confirm(late)
            late.save()
            tell_purpose(late)
            continue
        late.is_paid_twice = True
        late.save(update_fields=["is_paid_twice"])
        gateway = late.receipt.gateway
        ledger.post(
            reference=f"refund:{late.refund_no}:paid-twice",
            kind=EntryKind.GATEWAY_LOSS,
            lines=[
                Line(accounts.gateway_loss(gateway), -late.amount),
                Line(accounts.cash(gateway), late.amount),
            ],
            memo=late.receipt.payment.payment_no,
        )


def _late_ones(refund: PaymentRefund) -> list[PaymentRefund]:
    """The numbers of this refund that were paid late and aren't booked, oldest first."""
    return list(
        same_refund(refund)
        .filter(late_done_at__isnull=False, is_paid_twice=False)
        .exclude(status=PaymentRefundStatus.DONE)
        .order_by("pk")
    )


def same_refund(refund: PaymentRefund) -> QuerySet[PaymentRefund]:
    """All numbers under which the same money was sent, locked when they are read."""
    first = refund.original_id or refund.pk
    return (
        PaymentRefund.objects.select_for_update(no_key=True, of=("self",))
        .select_related("receipt__payment")
        .filter(Q(pk=first) | Q(original=first))
    )


def _confirm(queued: PaymentRefund) -> None:
    """The gateway has paid: out of refund clearing. The caller saves the row."""
    queued.status = PaymentRefundStatus.DONE
    queued.confirmed_at = timezone.now()
    queued.next_attempt_at = None
    gateway = queued.receipt.gateway
    ledger.post(
        reference=f"refund:{queued.refund_no}:confirmed",
        kind=EntryKind.REFUND_CONFIRMED,
        lines=[
            Line(accounts.refund_clearing(gateway), -queued.amount),
            Line(accounts.cash(gateway), queued.amount),
        ],
        memo=queued.receipt.payment.payment_no,
    )
