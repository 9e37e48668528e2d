"""How well each supplier does, as routing reads it and as staff see it.

A small table (`SupplierStat`, one row a supplier) that a beat task refreshes: what routes an order
must not count fulfilments. `orders.services.measuring` counts, since fulfilments are its own.
`SupplierHour` keeps the counts of each hour, for charts and for the forecast of the balance.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import connection, transaction
from django.db.models import Min, Q, Sum
from django.utils import timezone
from psycopg2.extras import execute_values

from suppliers.health import balances
from suppliers.health.forecast import lasts_hours, spend_per_hour
from suppliers.models import SupplierHour, SupplierStat


@dataclass(frozen=True, slots=True)
class Stats:
    """Of one supplier, lately. Rates are shares of 1; None is what isn't known (yet).

    `success_rate`: delivered of what was decided. `p50_seconds`, `p95_seconds`: from sending to
    delivery. `unknown_rate`: attempts whose outcome was unknown at some time, of all attempts.
    `balance`: the prepaid money with the supplier (CNY); `lasts_hours`: how long it lasts at the
    present spend.
    """

    success_rate: Decimal | None = None
    p50_seconds: float | None = None
    p95_seconds: float | None = None
    unknown_rate: Decimal | None = None
    balance: Decimal | None = None
    lasts_hours: float | None = None


NOTHING_KNOWN = Stats()


def of(supplier_ids: Iterable[int]) -> dict[int, Stats]:
    """The statistics of these suppliers, in one query; of each, even if nothing is known."""
    wanted = set(supplier_ids)
    rows = SupplierStat.objects.filter(supplier__in=wanted)
    known = {
        row.supplier_id: Stats(
            success_rate=row.success_rate,
            p50_seconds=row.p50_seconds,
            p95_seconds=row.p95_seconds,
            unknown_rate=row.unknown_rate,
            balance=row.balance,
            lasts_hours=lasts_hours(row.balance, row.spend_per_hour),
        )
        for row in rows
    }
    return {supplier_id: known.get(supplier_id, NOTHING_KNOWN) for supplier_id in wanted}


@dataclass(frozen=True, slots=True)
class Measured:
    """What was counted of one supplier's recent attempts."""

    supplier_id: int
    attempts: int
    success_rate: Decimal | None
    p50_seconds: float | None
    p95_seconds: float | None
    unknown_rate: Decimal | None
    undecided: int = 0
    waiting_for_person: int = 0


@dataclass(frozen=True, slots=True)
class MeasuredHour:
    """What was counted of one supplier's attempts that were sent within one hour."""

    supplier_id: int
    hour: datetime
    attempts: int
    succeeded: int
    failed: int
    unknown: int
    p50_seconds: float | None
    p95_seconds: float | None
    spent: Decimal


_STORE_HOURS = """
INSERT INTO suppliers_supplierhour AS kept
    (supplier_id, hour, attempts, succeeded, failed, unknown, p50_seconds, p95_seconds, spent)
VALUES %s
ON CONFLICT (supplier_id, hour) DO UPDATE SET
    attempts = EXCLUDED.attempts, succeeded = EXCLUDED.succeeded, failed = EXCLUDED.failed,
    unknown = EXCLUDED.unknown, p50_seconds = EXCLUDED.p50_seconds,
    p95_seconds = EXCLUDED.p95_seconds, spent = EXCLUDED.spent
WHERE (kept.attempts, kept.succeeded, kept.failed, kept.unknown, kept.spent)
   IS DISTINCT FROM (EXCLUDED.attempts, EXCLUDED.succeeded, EXCLUDED.failed, EXCLUDED.unknown,
                     EXCLUDED.spent)
"""


def store_hours(hours: Iterable[MeasuredHour]) -> None:
    """Keep the counts of these hours; only rows that have changed are written. Safe to repeat."""
    rows = [
        (
            row.supplier_id,
            row.hour,
            row.attempts,
            row.succeeded,
            row.failed,
            row.unknown,
            row.p50_seconds,
            row.p95_seconds,
            row.spent,
        )
        for row in hours
    ]
    if rows:
        with connection.cursor() as cursor:
            execute_values(cursor.cursor, _STORE_HOURS, rows)


@transaction.atomic
def store(measured: Iterable[Measured]) -> None:
    """Keep what was counted, and the spend that the hours show; tell when a balance gets low.

    The balance itself, which is asked for elsewhere, stays. After `store_hours`. Safe to repeat.
    """
    now = timezone.now()
    spends = _spends(now)
    SupplierStat.objects.bulk_create(
        (
            SupplierStat(
                supplier_id=row.supplier_id,
                attempts=row.attempts,
                success_rate=row.success_rate,
                p50_seconds=row.p50_seconds,
                p95_seconds=row.p95_seconds,
                unknown_rate=row.unknown_rate,
                undecided=row.undecided,
                waiting_for_person=row.waiting_for_person,
                spent_day=spends.get(row.supplier_id, _NO_SPEND).day,
                spend_per_hour=spends.get(row.supplier_id, _NO_SPEND).per_hour,
                measured_at=now,
            )
            for row in measured
        ),
        update_conflicts=True,
        unique_fields=["supplier"],
        update_fields=[
            "attempts",
            "success_rate",
            "p50_seconds",
            "p95_seconds",
            "unknown_rate",
            "undecided",
            "waiting_for_person",
            "spent_day",
            "spend_per_hour",
            "measured_at",
        ],
    )
    for stat in SupplierStat.objects.filter(balance__isnull=False).select_related("supplier"):
        assert stat.balance is not None
        balances.tell_of_low_balance(
            stat.supplier, balance=stat.balance, per_hour=stat.spend_per_hour
        )


@dataclass(frozen=True, slots=True)
class _Spend:
    day: Decimal
    per_hour: Decimal


_NO_SPEND = _Spend(Decimal(0), Decimal(0))


def _spends(now: datetime) -> dict[int, _Spend]:
    """What goes out at each supplier, by the hours of the last week."""
    a_day_ago = now - timedelta(days=1)
    rows = (
        SupplierHour.objects.filter(hour__gte=now - timedelta(days=7))
        .values("supplier_id")
        .annotate(
            day=Sum("spent", filter=Q(hour__gte=a_day_ago)), week=Sum("spent"), first=Min("hour")
        )
    )
    return {
        row["supplier_id"]: _Spend(
            day=row["day"] or Decimal(0),
            per_hour=spend_per_hour(
                day=row["day"] or Decimal(0),
                week=row["week"] or Decimal(0),
                seen_hours=(now - row["first"]) / timedelta(hours=1),
            ),
        )
        for row in rows
    }
