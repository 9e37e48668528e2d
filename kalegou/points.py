"""Arithmetic of points, growth and levels: pure functions, property-tested without a database.

What an order earned is always a function of the money kept for it. So a refund takes back the
difference between before and after, however many refunds there are, and a full one takes all.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_FLOOR, Decimal

# Members are told so many days before points run out.
WARNED_DAYS_BEFORE = 30


def points_end_on(given_on: date) -> date:
    """The last day of points given on a day: the end of the following year."""
    return date(given_on.year + 1, 12, 31)


@dataclass(frozen=True, slots=True)
class Change:
    """A change of points: `due` by the rule, `posted` what can be done now, both signed."""

    due: int
    posted: int


def points_for(kept: Decimal, multiplier: Decimal) -> int:
    """Points for the money (CNY) kept for one order."""
    return int((kept * multiplier).to_integral_value(ROUND_FLOOR))


def growth_for(kept: Decimal) -> int:
    """Growth for the money (CNY) kept for one order: 1 for each whole yuan."""
    return int(kept.to_integral_value(ROUND_FLOOR))


def earning(due: int, *, owed: int) -> Change:
    """Points earned; what was owed from refunded and already spent points is paid first."""
    return Change(due, due - min(due, owed))


def taking_back(due: int, *, balance: int) -> Change:
    """Points taken back, as far as the balance goes; the rest stays owed. Both are ≤ 0."""
    return Change(-due, -min(due, max(balance, 0)))


# Points as a discount: 100 for a yuan, so one for a fen; at most a fifth of an order.
POINTS_PER_YUAN = 100
MOST_OF_AN_ORDER = Decimal("0.2")


def most_points(total: Decimal, balance: int) -> int:
    """How many points of `balance` may be spent on an order of `total` (CNY)."""
    allowed = (total * MOST_OF_AN_ORDER * POINTS_PER_YUAN).to_integral_value(ROUND_FLOOR)
    return max(min(int(allowed), balance), 0)


def worth_of(points: int) -> Decimal:
    """What points pay of an order (CNY, whole fen)."""
    return Decimal(points) / POINTS_PER_YUAN


def still_spent(points: int, *, total: Decimal, kept: Decimal) -> int:
    """How many of the points spent on an order stay spent while `kept` of its `total` is kept.

    All while all is kept, none when nothing is; in between the returned ones are rounded down.
    """
    back = (points * (total - kept) / total).to_integral_value(ROUND_FLOOR)
    return points - int(back)


@dataclass(frozen=True, slots=True)
class LevelStep:
    """A level's key and the growth from which it is reached."""

    level_id: int
    min_growth: int


def level_at(steps: Iterable[LevelStep], growth: int) -> LevelStep:
    """The highest level that this growth reaches; the lowest one for whoever reaches none."""
    ordered = sorted(steps, key=lambda step: step.min_growth)
    reached = [step for step in ordered if step.min_growth <= growth]
    return reached[-1] if reached else ordered[0]
