"""How long phone top-ups took lately, by speed: measured on the shop's own orders."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from django.core.cache import cache
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from kalegou.durations import duration

LOOKS_BACK = timedelta(days=30)
FEWEST = 5  # a figure of fewer deliveries would say nothing
_CACHED_FOR_SECONDS = 300
_CACHE_KEY = "kalegou.lane-times"
_SQL = """
SELECT product.speed, count(*),
       percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM finished_at - paid_at)),
       percentile_cont(0.95) WITHIN GROUP (ORDER BY extract(epoch FROM finished_at - paid_at))
FROM orders_order AS one
JOIN catalog_sku AS sku ON sku.id = one.sku_id
JOIN catalog_product AS product ON product.id = sku.product_id
WHERE one.channel = 'retail' AND one.kind = 'topup' AND one.status = 'completed'
  AND product.carrier <> '' AND one.finished_at > %s
GROUP BY product.speed
"""


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
    """By speed, for the speeds with enough deliveries. One query in five minutes."""
    rows = cache.get_or_set(_CACHE_KEY, _measure, _CACHED_FOR_SECONDS) or []
    return {speed: LaneTime(*figures) for speed, *figures in rows}


def forget_measured() -> None:
    """Measure anew with the next look: the demo world and tests just made deliveries."""
    cache.delete(_CACHE_KEY)


def _measure() -> list[tuple[str, int, float, float]]:
    with connection.cursor() as cursor:
        cursor.execute(_SQL, [timezone.now() - LOOKS_BACK])
        return [
            (speed, count, float(half), float(most))
            for speed, count, half, most in cursor.fetchall()
            if count >= FEWEST
        ]
