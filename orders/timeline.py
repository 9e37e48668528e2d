"""An order's timeline in the reader's words: what happened, and what it means for their money."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from orders.models import Order

SENTENCES: Mapping[str, str | Promise] = {
    "placed": _("Order placed. Waiting for your payment."),
    "paid": _("Payment received."),
    "paid_late": _("Your payment came after the order was cancelled. We deliver it all the same."),
    "sent_to_supplier": _("Sent to the supplier. Your money is safe until it is delivered."),
    "sent_to_next_supplier": _("The first supplier could not deliver. Another one is trying now."),
    "part_delivered": _("%(delivered)s of %(ordered)s delivered. The rest is on its way."),
    "completed": _("Delivered."),
    "partially_completed": _("%(delivered)s of %(ordered)s delivered. The rest is refunded."),
    "failed": _("It could not be delivered."),
    "sold_out_meanwhile": _("The last one was sold before your payment arrived."),
    "refunded_to_wallet": _("¥%(amount)s went back to your wallet."),
    "refunded_in_points": _("The points for ¥%(amount)s of it came back to you."),
    "refund_sent": _("¥%(amount)s is on its way back to where you paid from."),
    "refund_confirmed": _("The payment service confirmed the refund of ¥%(amount)s."),
    "refund_refused": _(
        "The payment service could not return ¥%(amount)s. We are arranging it another way:"
        " the money is yours, and you don't have to do anything."
    ),
    "refund_sent_again": _("We sent the refund of ¥%(amount)s again."),
    "refund_paid_by_hand": _("We paid ¥%(amount)s to you by bank transfer on %(paid_on)s."),
    "refund_paid_to_wallet": _("¥%(amount)s went into your wallet here instead."),
    "replacement_started": _(
        "You get a replacement for %(count)s, free of charge. It is on its way."
    ),
    "replaced": _("The replacement is delivered."),
    "partly_replaced": _(
        "%(count)s of %(wanted)s could be replaced. The money for the rest goes back."
    ),
    "replacement_failed": _("It could not be replaced. The money for it goes back."),
    "cancelled_unpaid": _("Cancelled because it was not paid in time. Nothing was charged."),
    "cancelled_by_buyer": _("You cancelled the order. Nothing was charged."),
    "late_success": _("The supplier reported success after your refund. The refund stays yours."),
}


@dataclass(frozen=True, slots=True)
class TimelineRow:
    """One line: `seconds` is the time since the order was placed."""

    at: datetime
    status: str
    code: str
    text: str
    seconds: float


def timeline(order: Order) -> list[TimelineRow]:
    """The order's timeline, oldest first."""
    return [
        TimelineRow(
            at=event.at,
            status=event.status,
            code=event.code,
            text=_sentence(event.code, event.details),
            seconds=max((event.at - order.created_at).total_seconds(), 0),
        )
        for event in order.events.all()
    ]


def _sentence(code: str, details: Mapping[str, str]) -> str:
    shown = dict(details)
    if "amount" in shown:
        shown["amount"] = f"{Decimal(shown['amount']):,.2f}"
    return str(SENTENCES[code]) % shown
