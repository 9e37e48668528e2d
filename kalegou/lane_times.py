"""How long top-ups took lately, by speed: what the beat measured (services/measuring.py)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.core.cache import cache
from django.utils.translation import gettext as _

from catalog.models import Speed
from kalegou.durations import duration
from kalegou.measured import measured_promises
from kalegou.models import Period, Promise
from kalegou.services.measuring import measure

FEWEST = 5  # a figure of fewer deliveries would say nothing
_CACHED_FOR_SECONDS = 60
_CACHE_KEY = "kalegou.lane-times"
_LANES = {Speed.FAST: Promise.FAST, Speed.SLOW: Promise.SLOW}


@dataclass(frozen=True, slots=True)
class LaneTime:
    """Seconds from payment to delivery: of half the orders, and of all but the slowest 5%."""

    count: int
    half: float
    most: float

    @property
    def text(self) -> str:
        return _("Measured in the last 30 days: half within %(half)s, 95%% within %(most)s.") % {
            "half": duration(self.half),
            "most": duration(self.most),
        }


def lane_times() -> Mapping[str, LaneTime]:
    """By speed, for the speeds with enough deliveries. One query a minute."""
    rows = cache.get_or_set(_CACHE_KEY, _read, _CACHED_FOR_SECONDS) or []
    return {speed: LaneTime(*figures) for speed, *figures in rows}


def forget_measured() -> None:
    """Measure anew and show it at once: the demo world and tests just made deliveries."""
    measure(rest=False)
    cache.delete(_CACHE_KEY)


def _read() -> list[tuple[str, int, float, float]]:
    promises = measured_promises()
    return [
        (speed.value, found.count, found.median_seconds, found.p95_seconds)
        for speed, promise in _LANES.items()
        if (found := promises.get((promise, Period.MONTH))) and found.count >= FEWEST
    ]
