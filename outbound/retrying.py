"""How long we go on telling somebody who doesn't listen: agents' programs and receivers of alerts.

Sooner at first and hourly in the end, for a day.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone

GIVE_UP_AFTER = timedelta(hours=24)
# Seconds to the next attempt after the n-th failure; the last repeats.
_AFTER_SECONDS = (10, 30, 60, 300, 900, 1800, 3600)


def wait_after(failures: int) -> timedelta:
    """The pause after so many failures in a row, one at least."""
    place = min(max(failures, 1), len(_AFTER_SECONDS)) - 1
    return timedelta(seconds=_AFTER_SECONDS[place])


def next_attempt_at(failures: int, *, since: datetime) -> datetime | None:
    """When to try again after the latest of so many failures; None when that is after a day."""
    at = timezone.now() + wait_after(failures)
    return at if at <= since + GIVE_UP_AFTER else None
