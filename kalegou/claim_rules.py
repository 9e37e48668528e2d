"""Which claims an order may have, and until when: pure rules, said on the page and held by it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from catalog.models import DeliveryKind
from kalegou.models import ClaimKind
from orders.models import Order, OrderStatus


@dataclass(frozen=True, slots=True)
class ClaimRule:
    """`within` is counted from the delivery; `proof` says what helps us to decide quickly."""

    kind: ClaimKind
    delivery: DeliveryKind
    within: timedelta
    proof: str | Promise

    @property
    def days(self) -> int:
        return self.within.days


RULES = (
    ClaimRule(
        ClaimKind.CODE_INVALID,
        DeliveryKind.CARD,
        timedelta(days=7),
        _("A screenshot of the refusal, with the page where you entered the code."),
    ),
    ClaimRule(
        ClaimKind.CODE_USED,
        DeliveryKind.CARD,
        timedelta(days=3),
        _("A screenshot that says that it is used, best with the time of the use."),
    ),
    ClaimRule(
        ClaimKind.NOT_RECEIVED,
        DeliveryKind.TOPUP,
        timedelta(days=7),
        _("A screenshot of the balance or the list of top-ups of that account, with its number."),
    ),
    ClaimRule(
        ClaimKind.WRONG_ACCOUNT,
        DeliveryKind.TOPUP,
        timedelta(days=3),
        _("What shows which account was topped up instead."),
    ),
)
_DELIVERED = (OrderStatus.COMPLETED, OrderStatus.PARTIALLY_COMPLETED)


def rules_for(order: Order) -> Sequence[ClaimRule]:
    """The kinds of claims that fit what was delivered, whether or not it is too late for them."""
    if order.status not in _DELIVERED:
        return ()
    return [rule for rule in RULES if rule.delivery == order.kind]


def open_rules(order: Order, *, delivered_at: datetime, now: datetime) -> Sequence[ClaimRule]:
    """Those whose time isn't over since the last delivery, replacements included."""
    return [rule for rule in rules_for(order) if now < delivered_at + rule.within]
