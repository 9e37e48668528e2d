"""How an order is shown to the agent: the steps at the top, the timeline below."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from kameng.models import Tier
from kameng.pricing import PriceRule, explain_rule
from kameng.terms import Terms
from orders.models import Order, OrderStatus
from orders.queries import timeline

_TONES = {
    "completed": "ok",
    "refunded_to_wallet": "ok",
    "partially_completed": "warn",
    "failed": "bad",
    "late_success": "warn",
}


@dataclass(frozen=True, slots=True)
class Step:
    label: str | Promise
    state: str  # done, now, bad or todo


@dataclass(frozen=True, slots=True)
class Happening:
    title: str
    at: datetime
    tone: str
    note: str = ""


def steps(order: Order) -> list[Step]:
    """Paid → delivering → delivered, or where it went wrong."""
    paid = Step(_("Paid"), "done")
    match OrderStatus(order.status):
        case OrderStatus.COMPLETED:
            return [paid, Step(_("Delivering"), "done"), Step(_("Delivered"), "done")]
        case OrderStatus.PARTIALLY_COMPLETED:
            return [paid, Step(_("Partly delivered"), "done"), Step(_("Rest refunded"), "done")]
        case OrderStatus.FAILED:
            return [paid, Step(_("Not delivered"), "bad"), Step(_("Refunded"), "done")]
        case OrderStatus.PAID | OrderStatus.FULFILLING:
            return [paid, Step(_("Delivering"), "now"), Step(_("Delivered"), "todo")]
    return [Step(_("Waiting for payment"), "now"), Step(_("Delivered"), "todo")]


def timeline_rows(order: Order) -> list[Happening]:
    return [
        Happening(row.text, row.at, _TONES.get(row.code, "info"), _after(row.seconds))
        for row in timeline(order)
    ]


def price_rule(order: Order) -> str:
    """Where the price of an order came from, as it was when it was placed."""
    if order.price_rule not in set(PriceRule):
        return ""
    terms = Terms.of(order)
    tier = Tier.objects.filter(code=terms.tier).first()
    name = tier.label if tier else terms.tier
    rule = PriceRule(order.price_rule)
    if rule == PriceRule.TIER_DISCOUNT and terms.rate is None:  # placed before it was kept
        return _("Your tier's discount on the list price.")
    return explain_rule(rule, tier=name, rate=terms.rate)


def _after(seconds: float) -> str:
    """How long after the order was placed, from the first second on."""
    if seconds < 1:
        return ""
    if seconds < 120:
        return _("%d s after the order") % round(seconds)
    return _("%d min after the order") % round(seconds / 60)
