"""Days that a sales board is about, and the days before that it is compared with. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

ONE_DAY = timedelta(days=1)
# More would be a report of its own; the tables of days stay small enough to be read at once.
LONGEST_DAYS = 366
CHOICES = ("today", "week", "month", "custom")


@dataclass(frozen=True, slots=True)
class Period:
    """Both days included. `before` is as many days long and ends earlier."""

    since: date
    until: date
    before_since: date
    before_until: date

    @property
    def days(self) -> int:
        return (self.until - self.since).days + 1

    def each_day(self) -> Iterator[date]:
        return (self.since + ONE_DAY * n for n in range(self.days))


def today(now: date) -> Period:
    """Today, compared with the whole of yesterday."""
    return _after(now, now, ONE_DAY)


def this_week(now: date) -> Period:
    """Monday up to today, compared with the same weekdays of last week."""
    return _after(now - ONE_DAY * now.weekday(), now, timedelta(days=7))


def this_month(now: date) -> Period:
    """The first up to today, compared with the same days of last month, as far as it has them."""
    first = now.replace(day=1)
    last_month_end = first - ONE_DAY
    last_first = last_month_end.replace(day=1)
    return Period(first, now, last_first, min(last_first + (now - first), last_month_end))


def between(since: date, until: date) -> Period:
    """These days, compared with as many right before."""
    return _after(since, until, until - since + ONE_DAY)


def _after(since: date, until: date, gap: timedelta) -> Period:
    return Period(since, until, since - gap, until - gap)


def month_before(first: date, months: int) -> date:
    """The first day of the month so many months earlier (negative: later)."""
    index = first.year * 12 + first.month - 1 - months
    return date(index // 12, index % 12 + 1, 1)
