"""Counting how well each supplier does, for routing and for staff (suppliers/statistics.py)."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from django.db import connection
from django.utils import timezone

from suppliers import statistics
from suppliers.statistics import Measured, MeasuredHour

WINDOW = timedelta(hours=24)
# An hour's counts go on changing while its attempts are decided.
HOURS_WINDOW = timedelta(hours=26)

# `created_at` is what the table's small index by time holds; nothing is sent before it is created.
_ATTEMPTS = """
    SELECT id, supplier_id, status, cost, submitted_at,
           CASE WHEN status = 'succeeded'
                THEN extract(epoch FROM finished_at - submitted_at)::float8 END AS seconds,
           EXISTS (SELECT FROM orders_fulfilmentevent event
                   WHERE event.fulfilment_id = fulfilment.id AND event.outcome = 'unknown')
                AS was_unknown
    FROM orders_fulfilment fulfilment
    WHERE created_at >= %(since)s AND submitted_at >= %(since)s
"""
_COUNTS = """
       count(attempt.id),
       count(*) FILTER (WHERE attempt.status = 'succeeded'),
       count(*) FILTER (WHERE attempt.status = 'failed'),
       count(*) FILTER (WHERE attempt.was_unknown),
       percentile_cont(0.5) WITHIN GROUP (ORDER BY attempt.seconds),
       percentile_cont(0.95) WITHIN GROUP (ORDER BY attempt.seconds)
"""
_MEASURE = f"""
SELECT supplier.id, {_COUNTS}
FROM suppliers_supplier supplier LEFT JOIN ({_ATTEMPTS}) attempt
    ON attempt.supplier_id = supplier.id
WHERE supplier.adapter <> 'stock'
GROUP BY supplier.id
"""
_MEASURE_HOURS = f"""
SELECT supplier.id, date_trunc('hour', attempt.submitted_at), {_COUNTS},
       coalesce(sum(attempt.cost) FILTER (WHERE attempt.status <> 'failed'), 0)
FROM suppliers_supplier supplier JOIN ({_ATTEMPTS}) attempt ON attempt.supplier_id = supplier.id
WHERE supplier.adapter <> 'stock'
GROUP BY 1, 2
"""
_UNDECIDED = """
SELECT supplier_id, count(*), count(*) FILTER (WHERE needs_decision)
FROM orders_fulfilment WHERE status IN ('submitting', 'accepted', 'unknown')
GROUP BY supplier_id
"""


def measure_suppliers() -> None:
    """Count the attempts of the last day and keep what they show. Locks nothing of an order."""
    now = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(_MEASURE_HOURS, {"since": _whole_hour(now - HOURS_WINDOW)})
        hours = [MeasuredHour(*row) for row in cursor.fetchall()]
        cursor.execute(_MEASURE, {"since": now - WINDOW})
        rows = cursor.fetchall()
        cursor.execute(_UNDECIDED)
        undecided = {row[0]: row[1:] for row in cursor.fetchall()}
    statistics.store_hours(hours)
    statistics.store(
        Measured(
            supplier_id=supplier_id,
            attempts=attempts,
            success_rate=_share(succeeded, succeeded + failed),
            p50_seconds=p50,
            p95_seconds=p95,
            unknown_rate=_share(unknown, attempts),
            undecided=undecided.get(supplier_id, (0, 0))[0],
            waiting_for_person=undecided.get(supplier_id, (0, 0))[1],
        )
        for supplier_id, attempts, succeeded, failed, unknown, p50, p95 in rows
    )


def _whole_hour(moment: datetime) -> datetime:
    """An hour that was cut would be counted anew with less each time."""
    return moment.replace(minute=0, second=0, microsecond=0)


def _share(part: int, whole: int) -> Decimal | None:
    return (Decimal(part) / whole).quantize(Decimal("0.0001")) if whole else None
