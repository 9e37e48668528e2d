"""Sending money back through the gateway that it came from, until the gateway confirms it.

Invariant: refund clearing holds exactly the refunds that aren't confirmed yet; the refunds of a
receipt never exceed it.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Sum
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
from payments.models import PaymentRefund, PaymentRefundStatus, Receipt
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


def queue_refund(receipt: Receipt, *, amount: Decimal, reason: str) -> PaymentRefund:
    """Queue the refund of (part of) one receipt. Locks the receipt."""
    Receipt.objects.select_for_update(no_key=True).get(pk=receipt.pk)
    sent = receipt.refunds.exclude(status=PaymentRefundStatus.FAILED).aggregate(s=Sum("amount"))
    if (sent["s"] or Decimal(0)) + amount > receipt.amount:
        raise RefundExceedsReceipt(f"{receipt.trade_no}: {sent['s']} + {amount}")
    queued = PaymentRefund.objects.create(
        refund_no=new_number("R"),
        receipt=receipt,
        amount=amount,
        reason=reason,
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

    A rejected refund stays in refund clearing and is staff's to solve: the payer's money is never
    quietly kept. Locks the refund.
    """
    queued = (
        PaymentRefund.objects.select_for_update(no_key=True, of=("self",))
        .select_related("receipt__payment")
        .filter(refund_no=refund_no)
        .first()
    )
    if queued is None or queued.status == PaymentRefundStatus.DONE:
        return
    queued.last_message = (outcome.message or outcome.code)[:200]
    if outcome.kind == RefundKind.DONE:
        queued.status = PaymentRefundStatus.DONE
        queued.confirmed_at = timezone.now()
        queued.next_attempt_at = None
        _book_confirmed(queued)
    elif outcome.kind == RefundKind.REJECTED:
        queued.status = PaymentRefundStatus.FAILED
        queued.next_attempt_at = None
        log.error("refund_rejected", refund_no=refund_no, code=outcome.code)
    else:
        wait = RETRY_AFTER_SECONDS[min(queued.attempt_count, len(RETRY_AFTER_SECONDS) - 1)]
        queued.next_attempt_at = timezone.now() + timedelta(seconds=wait)
    queued.save()


def _book_confirmed(queued: PaymentRefund) -> None:
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
    purpose(queued.receipt.payment.purpose).refund_confirmed(queued)
