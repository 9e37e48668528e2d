"""Staff settle a refund that the gateway definitely refused: once, and in one of three ways.

Invariant: a refused refund's money lies in refund clearing until exactly one handling takes it out
or sends it again. Every verb locks the refund, then what it pays into; a second try, whether a
double click or a colleague, raises RefundSettled and moves nothing.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from ledger import accounts
from ledger import services as ledger
from ledger.models import EntryKind
from ledger.services import Line
from payments.errors import (
    AmountDiffers,
    NoWallet,
    ReasonNeeded,
    RefundSettled,
    TransferInvalid,
)
from payments.models import (
    HandlingKind,
    PaymentRefund,
    PaymentRefundStatus,
    RefundHandling,
)
from payments.purposes import purpose
from payments.services.refunding import locked_refund, queue_refund, tell_purpose
from users import audit
from users.models import User

MAX_REFERENCE = 64


@transaction.atomic
def send_refund_again(*, refund: PaymentRefund, actor: User | None, reason: str) -> PaymentRefund:
    """Ask the gateway once more, under a new number: the refused one can never pay any more.

    No money moves until the gateway confirms. Raises RefundSettled, ReasonNeeded.
    """
    refused = _refused(refund, reason)
    refused.status = PaymentRefundStatus.REPLACED
    refused.save(update_fields=["status"])
    successor = queue_refund(
        refused.receipt,
        amount=refused.amount,
        reason=refused.reason,
        original=refused.original or refused,
    )
    _record(refused, HandlingKind.SENT_AGAIN, actor, reason, successor=successor)
    tell_purpose(refused)
    return successor


@transaction.atomic
def book_paid_by_hand(
    *,
    refund: PaymentRefund,
    amount: Decimal,
    paid_on: date,
    bank_reference: str,
    actor: User | None,
    reason: str,
) -> PaymentRefund:
    """Book that staff have paid the whole refund from our bank account: clearing −, bank +.

    `amount` (CNY) is what the transfer says and must be the refund's. One transfer pays one
    refund. Raises RefundSettled, ReasonNeeded, AmountDiffers, TransferInvalid.
    """
    refused = _refused(refund, reason)
    if amount != refused.amount:
        raise AmountDiffers(
            _("This refund is ¥%(amount)s: pay and book exactly that.")
            % {"amount": f"{refused.amount:,.2f}"},
            field="amount",
        )
    reference = bank_reference.strip()
    if not 1 <= len(reference) <= MAX_REFERENCE:
        raise TransferInvalid(field="bank_reference")
    received_on = timezone.localdate(refused.receipt.received_at)
    if not received_on <= paid_on <= timezone.localdate():
        raise TransferInvalid(
            _("The date lies between the payment (%(day)s) and today.") % {"day": received_on},
            field="paid_on",
        )
    refused.status = PaymentRefundStatus.BY_HAND
    _post(refused, accounts.bank())
    _finish(refused)
    try:
        with transaction.atomic():
            _record(
                refused,
                HandlingKind.BY_HAND,
                actor,
                reason,
                paid_on=paid_on,
                bank_reference=reference,
            )
    except IntegrityError as error:
        if "refund_transfer_booked_once" not in str(error):
            raise
        raise TransferInvalid(
            _("This transfer is booked for another refund already."), field="bank_reference"
        ) from error
    tell_purpose(refused)
    return refused


@transaction.atomic
def put_refund_in_wallet(
    *, refund: PaymentRefund, actor: User | None, reason: str
) -> PaymentRefund:
    """Pay the refund into the buyer's own wallet instead: clearing −, wallet +.

    Raises RefundSettled, ReasonNeeded, and NoWallet when whoever paid has no account here.
    """
    refused = _refused(refund, reason)
    payment = refused.receipt.payment
    wallet = purpose(payment.purpose).payer_wallet(payment)
    if wallet is None:
        raise NoWallet
    refused.status = PaymentRefundStatus.IN_WALLET
    _post(refused, accounts.wallet(wallet.scope, wallet.owner))
    _finish(refused)
    _record(refused, HandlingKind.WALLET, actor, reason)
    tell_purpose(refused)
    return refused


def _refused(refund: PaymentRefund, reason: str) -> PaymentRefund:
    """The refund, locked, if it still waits for staff."""
    locked = locked_refund(refund_no=refund.refund_no)
    assert locked is not None, refund.refund_no
    if locked.status != PaymentRefundStatus.FAILED:
        raise RefundSettled
    if not reason.strip():
        raise ReasonNeeded(field="reason")
    return locked


def _post(refused: PaymentRefund, destination: int) -> None:
    ledger.post(
        reference=f"refund:{refused.refund_no}:{refused.status}",
        kind=EntryKind.REFUND_SETTLED,
        lines=[
            Line(accounts.refund_clearing(refused.receipt.gateway), -refused.amount),
            Line(destination, refused.amount),
        ],
        memo=refused.receipt.payment.payment_no,
    )


def _finish(refused: PaymentRefund) -> None:
    refused.confirmed_at = timezone.now()
    refused.save(update_fields=["status", "confirmed_at"])


def _record(
    refused: PaymentRefund,
    kind: HandlingKind,
    actor: User | None,
    reason: str,
    *,
    successor: PaymentRefund | None = None,
    paid_on: date | None = None,
    bank_reference: str = "",
) -> None:
    RefundHandling.objects.create(
        refund=refused,
        kind=kind,
        reason=reason.strip()[:200],
        actor=actor,
        successor=successor,
        paid_on=paid_on,
        bank_reference=bank_reference,
    )
    audit.record(
        actor=actor,
        action=f"refund.{kind.value}",
        target=f"payment_refund:{refused.refund_no}",
        reason=reason.strip(),
        amount=str(refused.amount),
        successor=successor.refund_no if successor else None,
        paid_on=paid_on.isoformat() if paid_on else None,
        bank_reference=bank_reference or None,
    )
