"""Bringing suppliers' recent attempts to what decides on pauses (suppliers/health/watching.py)."""

from __future__ import annotations

import structlog
from django.db import connection

from suppliers.health.judging import Attempt
from suppliers.health.watching import watch, windows

log = structlog.get_logger(__name__)

LOOKED_AT = 100

_ATTEMPTS = """
SELECT seen.supplier_id, attempt.created_at, attempt.status = 'succeeded',
       attempt.status = 'failed',
       EXISTS (SELECT FROM orders_fulfilmentevent event
               WHERE event.fulfilment_id = attempt.id AND event.outcome = 'unknown'),
       coalesce(
           answer.outcome IN ('unknown', 'deferred') AND answer.code = ANY (%(silences)s), false),
       attempt.submitted_at IS NOT NULL,
       coalesce(nullif(orders_order.account::text, '{}'), '')
FROM unnest(%(suppliers)s::bigint[], %(sinces)s::timestamptz[]) AS seen (supplier_id, since)
CROSS JOIN LATERAL (
    SELECT * FROM orders_fulfilment
    WHERE supplier_id = seen.supplier_id AND created_at >= seen.since
    ORDER BY id DESC LIMIT %(most)s
) attempt
JOIN orders_order ON orders_order.id = attempt.order_id
LEFT JOIN LATERAL (
    SELECT outcome, code FROM orders_fulfilmentevent
    WHERE fulfilment_id = attempt.id AND source = 'submit' ORDER BY id DESC LIMIT 1
) answer ON true
ORDER BY seen.supplier_id, attempt.id DESC
"""
# Codes of an adapter for "nobody answered", as opposed to an answer that couldn't be read.
SILENCES = (
    *("timeout", "broken", "unreachable", "circuit_open", "probe_first"),
    *("http_502", "http_503", "http_504"),
)


def watch_suppliers() -> None:
    """Take one look at every supplier. Locks nothing of an order; one that can't be judged doesn't
    hold up the others."""
    seen = windows()
    if not seen:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            _ATTEMPTS,
            {
                "suppliers": [window.supplier_id for window in seen],
                "sinces": [window.since for window in seen],
                "most": LOOKED_AT,
                "silences": list(SILENCES),
            },
        )
        rows = cursor.fetchall()
    attempts: dict[int, list[Attempt]] = {window.supplier_id: [] for window in seen}
    for supplier_id, *row in rows:
        attempts[supplier_id].append(Attempt(*row))
    for window in seen:
        try:
            watch(window=window, attempts=attempts[window.supplier_id])
        except Exception:
            log.exception("watch_failed", supplier=window.supplier_id)
