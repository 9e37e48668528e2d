"""An order as its buyer reads it: where it is, what happened, where the money went. Reads only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from catalog.models import DeliveryKind, in_language
from kalegou.points import points_for
from kalegou.promises import delivery_promise
from kalegou.terms import MemberTerms
from orders.models import OPEN_STATUSES, Funding, Order, OrderStatus, Refund
from orders.queries import timeline
from ui.formats import money

S = OrderStatus
TONES = {
    "placed": "info",
    "paid": "info",
    "paid_late": "info",
    "sent_to_supplier": "info",
    "sent_to_next_supplier": "warn",
    "completed": "ok",
    "partially_completed": "warn",
    "failed": "bad",
    "sold_out_meanwhile": "bad",
    "refunded_to_wallet": "ok",
    "refund_sent": "info",
    "refund_confirmed": "ok",
}
# A gateway that hasn't confirmed a refund by now is staff's business; the page need not ask on.
WATCH_REFUND_FOR = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Step:
    """For components/steps.html."""

    label: str
    state: str  # done, now, bad or todo


@dataclass(frozen=True, slots=True)
class Happening:
    """For components/timeline.html."""

    title: str
    at: datetime
    note: str
    tone: str


@dataclass(frozen=True, slots=True)
class RefundNote:
    """One refund in words: `is_done` when the money has arrived."""

    text: str
    is_done: bool


@dataclass(frozen=True, slots=True)
class OrderPage:
    """Everything of the page that changes while the order runs."""

    order: Order
    headline: str
    explanation: str | Promise
    tone: str
    steps: Sequence[Step]
    happenings: Sequence[Happening]
    refunds: Sequence[RefundNote]
    is_live: bool

    @property
    def title(self) -> str:
        return order_title(self.order)

    @property
    def version(self) -> str:
        """Changes when the page has something new to show."""
        done = sum(note.is_done for note in self.refunds)
        return f"{self.order.status}-{len(self.happenings)}-{len(self.refunds)}-{done}"

    @property
    def awaits_payment(self) -> bool:
        return self.order.status == S.AWAITING_PAYMENT

    @property
    def can_still_pay(self) -> bool:
        before = self.order.pay_before
        return self.awaits_payment and (before is None or before > timezone.now())

    @property
    def is_under_way(self) -> bool:
        return self.order.status in OPEN_STATUSES

    @property
    def has_codes(self) -> bool:
        return self.order.kind == DeliveryKind.CARD and self.order.delivered_quantity > 0

    @property
    def is_success(self) -> bool:
        return self.order.status in (S.COMPLETED, S.PARTIALLY_COMPLETED)

    @property
    def points(self) -> int:
        """The points that this order has earned; what was refunded earns none."""
        terms = MemberTerms.read(self.order.terms)
        if terms is None or not self.is_success:
            return 0
        return points_for(self.order.total - self.order.refunded, terms.points_multiplier)


def order_title(order: Order) -> str:
    """What was sold, in the reader's language: `China Mobile top-up ¥100`."""
    sku = order.sku
    product = in_language(order.product_name, sku.product.name_en)
    return f"{product} {in_language(order.sku_name, sku.name_en)}".strip()


def read_order(order: Order) -> OrderPage:
    """The page of one order. Two queries."""
    refunds = list(order.refunds.all())
    rows = timeline(order)
    headline, explanation, tone = _headline(order, refunds)
    return OrderPage(
        order=order,
        headline=headline,
        explanation=explanation,
        tone=tone,
        steps=_steps(order, refunds),
        happenings=[
            Happening(row.text, row.at, _after(row.seconds), TONES.get(row.code, ""))
            for row in rows
        ],
        refunds=[_refund_note(order, refund) for refund in refunds],
        is_live=_is_live(order, refunds),
    )


def duration(seconds: float) -> str:
    """A length of time as people say it: `0.4 seconds`, `12 seconds`, `3 minutes`."""
    if seconds < 10:
        return _("%(count)s seconds") % {"count": f"{max(seconds, 0.1):.1f}"}
    if seconds < 120:
        return _("%(count)s seconds") % {"count": round(seconds)}
    if seconds < 2 * 3600:
        minutes = round(seconds / 60)
        return ngettext("%(count)d minute", "%(count)d minutes", minutes) % {"count": minutes}
    hours = round(seconds / 3600)
    return ngettext("%(count)d hour", "%(count)d hours", hours) % {"count": hours}


def _after(seconds: float) -> str:
    return _("after %(duration)s") % {"duration": duration(seconds)} if seconds >= 0.05 else ""


def _is_live(order: Order, refunds: Sequence[Refund]) -> bool:
    if order.status == S.AWAITING_PAYMENT or order.status in OPEN_STATUSES:
        return True
    recent = timezone.now() - WATCH_REFUND_FOR
    return any(refund.confirmed_at is None and refund.created_at > recent for refund in refunds)


def _headline(order: Order, refunds: Sequence[Refund]) -> tuple[str, str | Promise, str]:
    """(what is the matter, what it means or what to do, tone)."""
    is_card = order.kind == DeliveryKind.CARD
    promise = delivery_promise(order.kind, order.sku.product.speed)
    match order.status:
        case S.AWAITING_PAYMENT:
            return _("Waiting for your payment"), _("Nothing has been charged yet."), "warn"
        case S.PAID | S.FULFILLING:
            headline = _("Getting your codes") if is_card else _("Topping up")
            return headline, promise, "info"
        case S.COMPLETED:
            headline = _("Your codes are here") if is_card else _("Topped up")
            return headline, _took(order), "ok"
        case S.PARTIALLY_COMPLETED:
            text = _(
                "%(delivered)d of %(ordered)d delivered; the money for the rest goes back."
            ) % {
                "delivered": order.delivered_quantity,
                "ordered": order.quantity,
            }
            return _("Partly delivered"), text, "warn"
        case S.CANCELLED:
            return _("Cancelled"), _("Nothing was charged."), "mute"
        case _:
            headline = _failed_headline(is_card=is_card, is_back=_is_all_back(refunds))
            return headline, _("You don't have to do anything."), "bad"


def _failed_headline(*, is_card: bool, is_back: bool) -> str:
    if is_card:
        if is_back:
            return _("It could not be delivered, your money is back")
        return _("It could not be delivered, your money is on its way back")
    if is_back:
        return _("The top-up failed, your money is back")
    return _("The top-up failed, your money is on its way back")


def _is_all_back(refunds: Sequence[Refund]) -> bool:
    return bool(refunds) and all(refund.confirmed_at for refund in refunds)


def _took(order: Order) -> str:
    if order.finished_at is None or order.paid_at is None:
        return ""
    seconds = (order.finished_at - order.paid_at).total_seconds()
    return _("Delivered %(duration)s after the payment.") % {"duration": duration(seconds)}


def _steps(order: Order, refunds: Sequence[Refund]) -> list[Step]:
    is_card = order.kind == DeliveryKind.CARD
    under_way = _("Delivery") if is_card else pgettext("step of an order", "Top-up")
    end = _("Delivered") if is_card else _("Arrived")
    match order.status:
        case S.AWAITING_PAYMENT:
            return [Step(_("Pay"), "now"), Step(under_way, "todo"), Step(end, "todo")]
        case S.CANCELLED:
            return []
        case S.PAID | S.FULFILLING:
            return [Step(_("Paid"), "done"), Step(under_way, "now"), Step(end, "todo")]
        case S.COMPLETED | S.PARTIALLY_COMPLETED:
            return [Step(_("Paid"), "done"), Step(under_way, "done"), Step(end, "done")]
        case _:
            failed = _("Not delivered") if is_card else _("Top-up failed")
            return [
                Step(_("Paid"), "done"),
                Step(failed, "bad"),
                Step(_("Refunded"), "done" if _is_all_back(refunds) else "now"),
            ]


def _refund_note(order: Order, refund: Refund) -> RefundNote:
    details = {"amount": money(refund.amount)}
    if refund.confirmed_at is None:
        text = _("%(amount)s is on its way back to where you paid from.") % details
        return RefundNote(text, is_done=False)
    if order.status == S.FAILED and order.finished_at is not None:
        seconds = (refund.confirmed_at - order.finished_at).total_seconds()
        details["duration"] = duration(seconds)
        text = (
            _("%(amount)s went back to your balance, %(duration)s after the failure.")
            if refund.destination == Funding.WALLET
            else _("%(amount)s went back to where you paid from, %(duration)s after the failure.")
        )
    else:
        text = (
            _("%(amount)s went back to your balance.")
            if refund.destination == Funding.WALLET
            else _("%(amount)s went back to where you paid from.")
        )
    return RefundNote(text % details, is_done=True)
