"""What a coupon takes off an order, and when it doesn't: pure functions, tested without a database.

The order of rules: the member's price of the goods, less the coupon, less points (at most a fifth
of what is left). What a coupon costs is always a function of the money kept for its order, as
points are (kalegou/points.py).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_FLOOR, Decimal

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from orders.money import FEN, to_fen
from ui.formats import money


@dataclass(frozen=True, slots=True)
class Offer:
    """What a coupon takes off (CNY): an amount, or a share with a cap."""

    amount: Decimal | None = None
    percent: Decimal | None = None
    cap: Decimal | None = None


def taken_off(offer: Offer, gross: Decimal) -> Decimal:
    """What comes off an order of `gross` (CNY, whole fen); a fen at least stays to be paid."""
    if offer.amount is not None:
        off = offer.amount
    else:
        assert offer.percent is not None
        assert offer.cap is not None
        off = min(to_fen(gross * offer.percent / 100), offer.cap)
    return max(min(off, gross - FEN), Decimal(0))


def still_off(worth: Decimal, *, total: Decimal, kept: Decimal) -> Decimal:
    """What a coupon costs while `kept` of the order's `total` is kept (CNY, whole fen).

    All while all is kept, nothing when nothing is; in between what comes back is rounded down.
    """
    back = (worth * (total - kept) / total).quantize(FEN, ROUND_FLOOR)
    return worth - back


@dataclass(frozen=True, slots=True)
class Basket:
    """What is about to be ordered: the goods, their price for this member, what they cost us."""

    sku_id: int
    product_id: int
    category_ids: Collection[int]
    gross: Decimal
    cost: Decimal | None  # of all of it; None: nobody delivers it


@dataclass(frozen=True, slots=True)
class Rules:
    """What of a coupon decides about one order."""

    offer: Offer
    min_spend: Decimal
    sku_ids: Collection[int] | None  # None, here and below: no such condition
    product_ids: Collection[int] | None
    category_ids: Collection[int] | None
    allows_loss: bool


def why_not_for(rules: Rules, basket: Basket) -> str:
    """Why a coupon isn't for these goods, in words; "" when it is."""
    if not _covers(rules, basket):
        return _("It isn't for these goods.")
    if basket.gross < rules.min_spend:
        return _("It needs an order of at least %(least)s: %(missing)s more.") % {
            "least": money(rules.min_spend),
            "missing": money(rules.min_spend - basket.gross),
        }
    off = taken_off(rules.offer, basket.gross)
    if not off:
        return _("These goods are too cheap for it.")
    is_loss = basket.cost is not None and basket.gross - off < basket.cost
    if is_loss and not rules.allows_loss:
        return _("These goods are at their lowest price already.")
    return ""


def _covers(rules: Rules, basket: Basket) -> bool:
    if rules.sku_ids is not None:
        return basket.sku_id in rules.sku_ids
    if rules.product_ids is not None:
        return basket.product_id in rules.product_ids
    if rules.category_ids is not None:
        return not set(rules.category_ids).isdisjoint(basket.category_ids)
    return True


@dataclass(frozen=True, slots=True)
class State:
    """How a coupon stands for one member now."""

    starts_at: datetime
    ends_at: datetime | None
    is_stopped: bool
    is_used_up: bool  # by others: its number of orders or its budget
    used_on: str = ""  # the order that has it already
    is_spent: bool = False  # as often as one member may
    needs_level: str = ""
    needs_first_order: bool = False


def why_not_now(state: State, now: datetime) -> str | Promise:
    """Why a coupon can't be used by this member now, whatever the order; "" when it can."""
    if state.used_on:
        return _("You used it on order %(order)s.") % {"order": state.used_on}
    if state.is_spent:
        return _("You have used it as often as one person may.")
    if state.is_stopped:
        return _("It was stopped.")
    if state.ends_at is not None and state.ends_at <= now:
        return _("It ended on %(day)s.") % {"day": _day(state.ends_at)}
    if state.starts_at > now:
        return _("It can be used from %(day)s.") % {"day": _day(state.starts_at)}
    if state.is_used_up:
        return _("All of them have been used.")
    if state.needs_level:
        return _("It is for members from level %(level)s.") % {"level": state.needs_level}
    if state.needs_first_order:
        return _("It is for a member's first order.")
    return ""


def _day(moment: datetime) -> str:
    return timezone.localtime(moment).strftime("%Y-%m-%d %H:%M")
