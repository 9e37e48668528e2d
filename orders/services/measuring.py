"""Counting how well each supplier does, for routing and for staff (suppliers/statistics.py)."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from django.db import connection
from django.utils import timezone

from suppliers import statistics
from suppliers.statistics import Measured

WINDOW = timedelta(hours=24)

_MEASURE = """
SELECT supplier.id, count(attempt.id),
       count(*) FILTER (WHERE attempt.status = 'succeeded'),
       count(*) FILTER (WHERE attempt.status = 'failed'),
       count(*) FILTER (WHERE EXISTS (
           SELECT FROM orders_fulfilmentevent event
           WHERE event.fulfilment_id = attempt.id AND event.outcome = 'unknown')),
       percentile_cont(0.5) WITHIN GROUP (ORDER BY attempt.seconds),
       percentile_cont(0.95) WITHIN GROUP (ORDER BY attempt.seconds)
FROM suppliers_supplier supplier LEFT JOIN (
    SELECT id, supplier_id, status,
           CASE WHEN status = 'succeeded'
                THEN extract(epoch FROM finished_at - submitted_at)::float8 END AS seconds
    FROM orders_fulfilment WHERE submitted_at >= %(since)s
) attempt ON attempt.supplier_id = supplier.id
WHERE supplier.adapter <> 'stock'
GROUP BY supplier.id
"""


def measure_suppliers() -> None:
    """Count the attempts of the last day and keep the rates. Locks nothing of an order."""
    with connection.cursor() as cursor:
        cursor.execute(_MEASURE, {"since": timezone.now() - WINDOW})
        rows = cursor.fetchall()
    statistics.store(
        Measured(
            supplier_id=supplier_id,
            attempts=attempts,
            success_rate=_share(succeeded, succeeded + failed),
            p50_seconds=p50,
            p95_seconds=p95,
            unknown_rate=_share(unknown, attempts),
        )
        for supplier_id, attempts, succeeded, failed, unknown, p50, p95 in rows
    )


def _share(part: int, whole: int) -> Decimal | None:
    return (Decimal(part) / whole).quantize(Decimal("0.0001")) if whole else None
