"""How long the money with a supplier lasts. Pure."""

from __future__ import annotations

from decimal import Decimal

DAY_HOURS = 24
WEEK_HOURS = 7 * 24
_FEN = Decimal("0.0001")
# Spend per hour below this is no spend: a balance doesn't last for centuries.
_NOTHING = Decimal("0.0001")


def spend_per_hour(*, day: Decimal, week: Decimal, seen_hours: float) -> Decimal:
    """What goes out in an hour: the greater of the last day's and the last week's pace.

    So a busy day counts at once, and a quiet one (a Sunday) doesn't make a balance look as if it
    lasted for ever. `seen_hours`: since its first attempt; a new supplier isn't measured by days
    that it wasn't there for.
    """
    seen = Decimal(max(seen_hours, 1.0))
    paces = (day / min(seen, Decimal(DAY_HOURS)), week / min(seen, Decimal(WEEK_HOURS)))
    return max(paces).quantize(_FEN)


def lasts_hours(balance: Decimal | None, per_hour: Decimal) -> float | None:
    """Hours until nothing is left; None when it isn't known or nothing is being spent."""
    if balance is None or per_hour < _NOTHING:
        return None
    return float(max(balance, Decimal(0)) / per_hour)
