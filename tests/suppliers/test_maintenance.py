"""Maintenance windows by the shop's clock."""

from __future__ import annotations

from datetime import UTC, datetime, time

import pytest

from suppliers.maintenance import SHOP_ZONE, Window, closed_until

NIGHT = Window(daily_from=time(23, 0), daily_until=time(1, 30))
NOON = Window(daily_from=time(12), daily_until=time(13))


def here(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=SHOP_ZONE)


@pytest.mark.parametrize(
    ("now", "until"),
    [
        (here(24, 22, 59), None),
        (here(24, 23), here(25, 1, 30)),
        (here(25, 0, 10), here(25, 1, 30)),
        (here(25, 1, 29), here(25, 1, 30)),
        (here(25, 1, 30), None),
    ],
)
def test_a_night_window_runs_over_midnight(now: datetime, until: datetime | None) -> None:
    assert NIGHT.until(now) == until


def test_times_of_day_are_the_shops_whatever_zone_now_is_told_in() -> None:
    assert NOON.until(datetime(2026, 11, 24, 4, 30, tzinfo=UTC)) == here(24, 13)
    assert NOON.until(datetime(2026, 11, 24, 12, 30, tzinfo=UTC)) is None


def test_a_dated_window_is_over_when_its_end_comes() -> None:
    window = Window(starts_at=here(24, 10), ends_at=here(25, 10))
    assert window.until(here(24, 9, 59)) is None
    assert window.until(here(24, 10)) == here(25, 10)
    assert window.until(here(25, 10)) is None


def test_of_several_the_last_to_end_counts() -> None:
    dated = Window(starts_at=here(24, 12), ends_at=here(24, 12, 30))
    assert closed_until([dated, NOON], here(24, 12, 15)) == here(24, 13)
    assert closed_until([], here(24, 12, 15)) is None
