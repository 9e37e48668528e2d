"""An order's refunds as its buyer reads them: how much, where it is, when it came. Reads only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from kalegou.durations import duration
from orders.models import Funding, Order, OrderStatus, Refund
from orders.queries import gateway_refunds
from payments.models import PaymentRefund, PaymentRefundStatus
from ui.formats import money

# A gateway that hasn't confirmed a refund by now is staff's business; the page need not ask on.
WATCH_REFUND_FOR = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class RefundNote:
    """One refund in words. `tone`: ok has arrived, info is on its way, warn waits for us."""

    text: str
    tone: str
    asked_at: datetime
    is_stray: bool = False  # money that came twice or too late, and never was the order's
    detail: str = ""  # how the sending goes

    @property
    def is_done(self) -> bool:
        return self.tone == "ok"

    @property
    def waits_for_us(self) -> bool:
        return self.tone == "warn"

    @property
    def is_worth_watching(self) -> bool:
        is_fresh = self.asked_at > timezone.now() - WATCH_REFUND_FOR
        return self.tone == "info" and is_fresh


def refund_notes(order: Order) -> list[RefundNote]:
    """Every refund of an order, oldest first. One query, for an order paid online two."""
    refunds = list(order.refunds.all())
    if order.funding == Funding.POINTS:
        text = _("The points for %(amount)s of it came back to you.")
        return [
            RefundNote(text % {"amount": money(refund.amount)}, "ok", refund.created_at)
            for refund in refunds
        ]
    if order.funding == Funding.WALLET:
        return [_to_wallet(order, refund) for refund in refunds]
    return [_through_gateway(order, refund) for refund in gateway_refunds(order)]


def are_all_back(notes: Sequence[RefundNote]) -> bool:
    """Whether the order's own money has arrived."""
    own = [note for note in notes if not note.is_stray]
    return bool(own) and all(note.is_done for note in own)


def _to_wallet(order: Order, refund: Refund) -> RefundNote:
    details = {"amount": money(refund.amount)}
    if order.status == OrderStatus.FAILED and order.finished_at and refund.confirmed_at:
        details["duration"] = duration((refund.confirmed_at - order.finished_at).total_seconds())
        text = _("%(amount)s went back to your balance, %(duration)s after the failure.")
    else:
        text = _("%(amount)s went back to your balance.")
    return RefundNote(text % details, "ok", refund.created_at)


def _through_gateway(order: Order, refund: PaymentRefund) -> RefundNote:
    is_stray = not refund.receipt.is_accepted
    asked_at = refund.created_at
    details = {"amount": money(refund.amount)}
    match refund.status:
        case PaymentRefundStatus.FAILED if is_stray:
            text, tone = (
                _(
                    "%(amount)s came twice or too late and waits for us: the payment service could"
                    " not return it. We pay it to you another way; you don't have to do anything."
                ),
                "warn",
            )
        case PaymentRefundStatus.FAILED:
            text, tone = (
                _(
                    "%(amount)s waits for us: the payment service could not return it. We pay it"
                    " to you another way; you don't have to do anything."
                ),
                "warn",
            )
        case PaymentRefundStatus.BY_HAND:
            details |= {
                "day": _day(refund.handling.paid_on),
                "reference": refund.handling.bank_reference,
            }
            text, tone = (
                _("%(amount)s was paid to you by bank transfer on %(day)s (%(reference)s)."),
                "ok",
            )
        case PaymentRefundStatus.IN_WALLET:
            text, tone = _("%(amount)s went into your balance here instead."), "ok"
        case PaymentRefundStatus.DONE:
            text, tone = _arrived(order, refund, details, is_stray=is_stray), "ok"
        case _ if is_stray:
            text, tone = (
                _(
                    "%(amount)s came twice or too late and is on its way back to where it came"
                    " from."
                ),
                "info",
            )
        case _:
            text, tone = _("%(amount)s is on its way back to where you paid from."), "info"
    detail = _tries(refund) if refund.status == PaymentRefundStatus.PENDING else ""
    return RefundNote(text % details, tone, asked_at, is_stray, detail)


def _tries(refund: PaymentRefund) -> str:
    """How often the payment service was asked, and when it is asked next."""
    if not refund.attempt_count:
        return _("It is being sent.")
    said = {"count": refund.attempt_count, "sent": _clock(refund.created_at)}
    if refund.next_attempt_at is None:
        return _("Sent at %(sent)s, asked %(count)d times.") % said
    said["next"] = _clock(refund.next_attempt_at)
    return (
        _("Sent at %(sent)s, asked %(count)d times so far, next at %(next)s until it is confirmed.")
        % said
    )


def _clock(moment: datetime) -> str:
    return timezone.localtime(moment).strftime("%H:%M:%S")


def _arrived(
    order: Order, refund: PaymentRefund, details: dict[str, str], *, is_stray: bool
) -> str:
    if is_stray:
        return _("%(amount)s came twice or too late and went back to where it came from.")
    if order.status == OrderStatus.FAILED and order.finished_at and refund.confirmed_at:
        details["duration"] = duration((refund.confirmed_at - order.finished_at).total_seconds())
        return _("%(amount)s went back to where you paid from, %(duration)s after the failure.")
    return _("%(amount)s went back to where you paid from.")


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""
