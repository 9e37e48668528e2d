"""When a monthly top-up runs. Pure: days of one place, no database.

A month is its first day. A day that a month doesn't have (29 to 31) is its last one, and in no
other month.
"""

from __future__ import annotations

import calendar
from datetime import date, datetime, time, timedelta

from django.utils import timezone

RUNS_AT = time(10)  # by the shop's clock: awake to read what happened
REMINDED_BEFORE = timedelta(days=2)
# Who was reminded less than a day before, because we were down, isn't charged by surprise.
LEAST_NOTICE = timedelta(days=1)


def run_at(month: date, day: int) -> datetime:
    """The moment of a month's run."""
    last = calendar.monthrange(month.year, month.month)[1]
    on = month.replace(day=min(day, last))
    return timezone.make_aware(datetime.combine(on, RUNS_AT), timezone.get_default_timezone())


def month_of(moment: datetime) -> date:
    return timezone.localdate(moment, timezone.get_default_timezone()).replace(day=1)


def month_after(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1)


def first_month(after: datetime, day: int) -> date:
    """The first month whose run is still to come."""
    month = month_of(after)
    return month if run_at(month, day) > after else month_after(month)
