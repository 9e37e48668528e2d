"""What was measured (services/measuring.py), for pages: of promises, of a product and its SKUs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from kalegou.durations import duration
from kalegou.models import GoodsMeasure
from kalegou.models.measures import Period, Promise, PromiseMeasure


@dataclass(frozen=True, slots=True)
class Measured:
    """Figures of real orders. `count` is at least 1: without orders there is no `Measured`."""

    count: int
    median_seconds: float
    p95_seconds: float
    measured_at: datetime

    @property
    def median(self) -> str:
        return duration(self.median_seconds)

    @property
    def p95(self) -> str:
        return duration(self.p95_seconds)


def _of(row: GoodsMeasure | PromiseMeasure | None) -> Measured | None:
    if row is None or row.median_seconds is None or row.p95_seconds is None:
        return None
    return Measured(row.count, row.median_seconds, row.p95_seconds, row.measured_at)


@dataclass(frozen=True, slots=True)
class GoodsMeasured:
    """Of one product in the last 30 days, and of each SKU that was bought."""

    product: Measured | None
    skus: Mapping[int, Measured]

    def of_sku(self, sku_id: int | None) -> Measured | None:
        """Of this SKU; None when nobody has bought it lately."""
        return self.skus.get(sku_id) if sku_id is not None else None


def measured_of_product(product_id: int) -> GoodsMeasured:
    """One query."""
    rows = {row.sku_id: _of(row) for row in GoodsMeasure.objects.filter(product=product_id)}
    whole = rows.pop(None, None)
    skus = {pk: found for pk, found in rows.items() if pk is not None and found is not None}
    return GoodsMeasured(whole, skus)


def measured_promises() -> Mapping[tuple[str, str], Measured | None]:
    """By (promise, period); None where it was measured and nothing had happened. One query."""
    return {(row.promise, row.period): _of(row) for row in PromiseMeasure.objects.all()}


def last_measured(periods: Iterable[str] = Period.values) -> Mapping[str, datetime]:
    """When each period was measured last; one without an entry wasn't yet."""
    found: dict[str, datetime] = {}
    for period, at in PromiseMeasure.objects.filter(period__in=list(periods)).values_list(
        "period", "measured_at"
    ):
        found[period] = max(at, found.get(period, at))
    return found


__all__ = [
    "GoodsMeasured",
    "Measured",
    "Promise",
    "last_measured",
    "measured_of_product",
    "measured_promises",
]
