"""Measuring what the shop promises, from its real orders (kalegou/models/measures.py).

Each pass reads the orders that ended in its period once and keeps percentiles; pages read only
those. What is counted: retail orders delivered whole, from payment to the last code or the
supplier's success; and refunds that nobody had to ask for, from the failure to the confirmation.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from catalog.models import DeliveryKind, Speed
from kalegou.models import GoodsMeasure, Period, Promise, PromiseMeasure
from kalegou.queries.first_answers import first_answers

LASTS = {Period.DAY: timedelta(hours=24), Period.MONTH: timedelta(days=30)}
# A pass may take this share of the time at most, however many orders there are.
REST_FOR_EACH_SECOND = 50
_LOCK = 0x6B6C6D73  # "klms": one pass at a time

_PERCENTILES = """
    count(*),
    percentile_disc(0.5) WITHIN GROUP (ORDER BY seconds),
    percentile_disc(0.95) WITHIN GROUP (ORDER BY seconds)
"""
_DELIVERIES = f"""
WITH delivered AS (
    SELECT sku.product_id, sku.id AS sku_id, product.kind,
           CASE WHEN product.kind = 'topup' THEN product.speed ELSE '' END AS speed,
           extract(epoch FROM finished_at - paid_at)::float8 AS seconds
    FROM orders_order placed
    JOIN catalog_sku sku ON sku.id = placed.sku_id
    JOIN catalog_product product ON product.id = sku.product_id
    WHERE finished_at > %(since)s AND channel = 'retail' AND status = 'completed'
      AND paid_at IS NOT NULL
)
SELECT kind, speed, product_id, sku_id, {_PERCENTILES}
FROM delivered GROUP BY GROUPING SETS ((kind, speed), (product_id), (product_id, sku_id))
"""
# An order fails when its last attempt does; without an attempt, when it ends.
_REFUNDS = f"""
WITH refunded AS (
    SELECT refund.destination, extract(epoch FROM refund.confirmed_at - coalesce(
        (SELECT max(attempt.finished_at) FROM orders_fulfilment attempt
         WHERE attempt.order_id = placed.id AND attempt.status = 'failed'
           AND attempt.finished_at <= refund.created_at),
        placed.finished_at))::float8 AS seconds
    FROM orders_order placed JOIN orders_refund refund ON refund.order_id = placed.id
    WHERE placed.finished_at > %(since)s AND channel = 'retail'
      AND placed.status IN ('failed', 'partially_completed')
      AND refund.request_ref IS NULL AND refund.confirmed_at IS NOT NULL
)
SELECT destination, {_PERCENTILES} FROM refunded GROUP BY destination
"""


@dataclass(frozen=True, slots=True)
class _Figures:
    count: int = 0
    median: float | None = None
    p95: float | None = None


def measure(*, rest: bool = True) -> list[Period]:
    """Measure the periods that are due and return them. Locks nothing of an order.

    A period is due when it has rested for `REST_FOR_EACH_SECOND` times what measuring it took;
    without `rest`, always. Safe to repeat and to run twice at once: one pass works, the other
    leaves it alone.
    """
    return [period for period in Period if _measure(period, rest=rest)]


@transaction.atomic
def _measure(period: Period, *, rest: bool) -> bool:
    now, began = timezone.now(), time.monotonic()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        if not cursor.fetchone()[0] or (rest and not _is_due(period, now)):
            return False
        cursor.execute(_DELIVERIES, {"since": now - LASTS[period]})
        deliveries = cursor.fetchall()
        cursor.execute(_REFUNDS, {"since": now - LASTS[period]})
        refunds = cursor.fetchall()
    found = {**_promises(deliveries, refunds), Promise.FIRST_ANSWER: _answers(now - LASTS[period])}
    _keep_promises(period, found, now, took=time.monotonic() - began)
    if period == Period.MONTH:
        _keep_goods(deliveries, now)
    return True


def _is_due(period: Period, now: datetime) -> bool:
    last = PromiseMeasure.objects.filter(period=period).order_by("-measured_at").first()
    if last is None:
        return True
    return now >= last.measured_at + timedelta(seconds=last.took_seconds * REST_FOR_EACH_SECOND)


def _promises(
    deliveries: list[tuple[Any, ...]], refunds: list[tuple[Any, ...]]
) -> Mapping[Promise, _Figures]:
    """Every promise that is measured here; one that nothing happened of has a count of 0."""
    measured = {
        Promise.CARDS: _Figures(),
        Promise.FAST: _Figures(),
        Promise.SLOW: _Figures(),
        Promise.REFUND_WALLET: _Figures(),
        Promise.REFUND_GATEWAY: _Figures(),
    }
    for kind, speed, _product, _sku, *figures in deliveries:
        if kind is not None:  # else it is of one product or SKU
            measured[_promise_of(kind, speed)] = _Figures(*figures)
    for destination, *figures in refunds:
        measured[Promise(f"refund_{destination}")] = _Figures(*figures)
    return measured


def _answers(since: datetime) -> _Figures:
    measured = first_answers(since=since)
    return _Figures(measured.count, measured.median_seconds, measured.p95_seconds)


def _promise_of(kind: str, speed: str) -> Promise:
    if kind == DeliveryKind.CARD:
        return Promise.CARDS
    return Promise.SLOW if speed == Speed.SLOW else Promise.FAST


def _keep_promises(
    period: Period, found: Mapping[Promise, _Figures], now: datetime, *, took: float
) -> None:
    PromiseMeasure.objects.bulk_create(
        (
            PromiseMeasure(
                promise=promise,
                period=period,
                count=figures.count,
                median_seconds=figures.median,
                p95_seconds=figures.p95,
                measured_at=now,
                took_seconds=took,
            )
            for promise, figures in found.items()
        ),
        update_conflicts=True,
        unique_fields=["promise", "period"],
        update_fields=["count", "median_seconds", "p95_seconds", "measured_at", "took_seconds"],
    )


def _keep_goods(deliveries: list[tuple[Any, ...]], now: datetime) -> None:
    """Replace what is known of each product and SKU: what nobody bought lately has no row."""
    GoodsMeasure.objects.all().delete()
    GoodsMeasure.objects.bulk_create(
        (
            GoodsMeasure(
                product_id=product_id,
                sku_id=sku_id,
                count=count,
                median_seconds=median,
                p95_seconds=p95,
                measured_at=now,
            )
            for _kind, _speed, product_id, sku_id, count, median, p95 in deliveries
            if product_id is not None
        ),
        batch_size=1000,
    )
