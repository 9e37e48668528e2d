"""Maintenance windows: when a supplier or one of its offers takes no orders. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

SHOP_ZONE = ZoneInfo("Asia/Shanghai")  # times of day are the shop's


@dataclass(frozen=True, slots=True)
class Window:
    """Either dated (`starts_at` to `ends_at`), or daily (`daily_from` to `daily_until`).

    A daily one whose end is before its start runs over midnight. The end isn't in it.
    """

    starts_at: datetime | None = None
    ends_at: datetime | None = None
    daily_from: time | None = None
    daily_until: time | None = None

    def until(self, now: datetime) -> datetime | None:
        """When this window, which is now, ends; None when it isn't now."""
        if self.starts_at is not None and self.ends_at is not None:
            return self.ends_at if self.starts_at <= now < self.ends_at else None
        if self.daily_from is None or self.daily_until is None:
            return None
        here = now.astimezone(SHOP_ZONE)
        opened_on = here.date()
        runs_over_midnight = self.daily_until <= self.daily_from
        if runs_over_midnight and here.time() < self.daily_until:
            opened_on -= timedelta(days=1)
        start = datetime.combine(opened_on, self.daily_from, SHOP_ZONE)
        closes_on = opened_on + timedelta(days=1 if runs_over_midnight else 0)
        end = datetime.combine(closes_on, self.daily_until, SHOP_ZONE)
        return end if start <= here < end else None


def closed_until(windows: Iterable[Window], now: datetime) -> datetime | None:
    """When the last of the windows that are now ends; None when none is now."""
    return max((end for window in windows if (end := window.until(now))), default=None)
