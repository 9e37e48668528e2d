"""An order as its buyer reads it: where it is, what happened, where the money went. Reads only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from zlib import crc32

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from catalog.models import DeliveryKind, in_language
from kalegou.durations import duration
from kalegou.points import points_for, still_spent, worth_of
from kalegou.promises import delivery_promise
from kalegou.refund_notes import RefundNote, are_all_back, refund_notes
from kalegou.terms import CouponTerms, MemberTerms
from orders.models import OPEN_STATUSES, Funding, Order, OrderStatus
from orders.queries import TimelineRow, timeline

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
    "refunded_in_points": "ok",
    "refund_sent": "info",
    "refund_confirmed": "ok",
    "refund_refused": "warn",
    "refund_sent_again": "info",
    "refund_paid_by_hand": "ok",
    "refund_paid_to_wallet": "ok",
    "replacement_started": "info",
    "replaced": "ok",
    "partly_replaced": "warn",
    "replacement_failed": "bad",
}


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
        tones = "-".join(note.tone for note in self.refunds)
        details = crc32("".join(note.detail for note in self.refunds).encode())
        return f"{self.order.status}-{len(self.happenings)}-{tones}-{details:x}"

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
        if terms is None or not self.is_success or terms.exchange:
            return 0
        return points_for(self.order.total - self.order.refunded, terms.points_multiplier)

    @property
    def coupon(self) -> CouponTerms | None:
        """The coupon that came off this order."""
        return CouponTerms.read(self.order.terms)

    @property
    def is_coupon_back(self) -> bool:
        """Nothing of the order was kept: the coupon may be used again."""
        order = self.order
        return order.status == S.CANCELLED or order.refunded == order.total

    @property
    def points_spent(self) -> int:
        """The points that paid a part of this order."""
        terms = MemberTerms.read(self.order.terms)
        return terms.points_spent if terms else 0

    @property
    def is_for_points(self) -> bool:
        """Points paid all of it."""
        return self.order.funding == Funding.POINTS

    @property
    def points_worth(self) -> Decimal:
        return worth_of(self.points_spent)

    @property
    def points_returned(self) -> int:
        """How many of them came back with what was refunded, or with the order's end."""
        order = self.order
        kept = Decimal(0) if order.status == S.CANCELLED else order.total - order.refunded
        return self.points_spent - still_spent(self.points_spent, total=order.total, kept=kept)


def order_title(order: Order) -> str:
    """What was sold, in the reader's language: `China Mobile top-up ¥100`."""
    sku = order.sku
    product = in_language(order.product_name, sku.product.name_en)
    return f"{product} {in_language(order.sku_name, sku.name_en)}".strip()


def read_order(order: Order) -> OrderPage:
    """The page of one order. Two queries, three for an order paid online."""
    refunds = refund_notes(order)
    rows = timeline(order)
    headline, explanation, tone = _headline(order, refunds)
    return OrderPage(
        order=order,
        headline=headline,
        explanation=explanation,
        tone=tone,
        steps=_steps(order, refunds),
        happenings=_happenings(rows),
        refunds=refunds,
        is_live=_is_live(order, refunds, rows),
    )


def _happenings(rows: Sequence[TimelineRow]) -> list[Happening]:
    """With how long after the order each came; money, how long after what it is given back for."""
    shown: list[Happening] = []
    cause: TimelineRow | None = None
    for row in rows:
        note = _after(row.seconds)
        if row.code in _GIVING_BACK and cause is not None:
            note = _after_failure((row.at - cause.at).total_seconds())
        if row.code in _FAILURES:
            cause = row
        shown.append(Happening(row.text, row.at, note, TONES.get(row.code, "")))
    return shown


# What money goes back for, and the rows that say that it does.
_FAILURES = frozenset({"failed", "sold_out_meanwhile", "partially_completed", "replacement_failed"})
_GIVING_BACK = frozenset(
    {"refunded_to_wallet", "refund_sent", "refund_confirmed", "refund_paid_to_wallet"}
)


def _after_failure(seconds: float) -> str:
    return _("%(duration)s after the failure") % {"duration": duration(max(seconds, 0))}


def _after(seconds: float) -> str:
    return _("after %(duration)s") % {"duration": duration(seconds)} if seconds >= 0.05 else ""


def _is_live(order: Order, refunds: Sequence[RefundNote], rows: Sequence[TimelineRow]) -> bool:
    if order.status == S.AWAITING_PAYMENT or order.status in OPEN_STATUSES:
        return True
    if _is_being_replaced(rows):
        return True
    return any(note.is_worth_watching for note in refunds)


def _is_being_replaced(rows: Sequence[TimelineRow]) -> bool:
    """A replacement has begun and not ended; the timeline tells, without asking for more."""
    last = ""
    for row in rows:
        if row.code in ("replacement_started", "replaced", "partly_replaced", "replacement_failed"):
            last = row.code
    return last == "replacement_started"


def _headline(order: Order, refunds: Sequence[RefundNote]) -> tuple[str, str | Promise, str]:
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
            if refunds:
                text = _("Your payment came too late for it: below is where that money is.")
                return _("Cancelled"), text, "mute"
            return _("Cancelled"), _("Nothing was charged."), "mute"
        case _:
            headline = _failed_headline(
                is_card=is_card,
                is_back=are_all_back(refunds),
                waits_for_us=any(note.waits_for_us for note in refunds),
            )
            return headline, _("You don't have to do anything."), "bad"


def _failed_headline(*, is_card: bool, is_back: bool, waits_for_us: bool) -> str:
    if waits_for_us:
        if is_card:
            return _("It could not be delivered, we are arranging your refund")
        return _("The top-up failed, we are arranging your refund")
    if is_card:
        if is_back:
            return _("It could not be delivered, your money is back")
        return _("It could not be delivered, your money is on its way back")
    if is_back:
        return _("The top-up failed, your money is back")
    return _("The top-up failed, your money is on its way back")


def _took(order: Order) -> str:
    if order.finished_at is None or order.paid_at is None:
        return ""
    seconds = (order.finished_at - order.paid_at).total_seconds()
    return _("Delivered %(duration)s after the payment.") % {"duration": duration(seconds)}


def _steps(order: Order, refunds: Sequence[RefundNote]) -> list[Step]:
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
                Step(_("Refunded"), "done" if are_all_back(refunds) else "now"),
            ]
