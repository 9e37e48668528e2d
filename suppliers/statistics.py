"""How well each supplier does, as routing reads it and as staff see it.

A small table (`SupplierStat`, one row a supplier) that a beat task refreshes: what routes an order
must not count fulfilments. `orders.services.measuring` counts, since fulfilments are its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.utils import timezone

from suppliers.models import SupplierStat


@dataclass(frozen=True, slots=True)
class Stats:
    """Of one supplier, lately. Rates are shares of 1; None is what isn't known (yet).

    `success_rate`: delivered of what was decided. `p50_seconds`, `p95_seconds`: from sending to
    delivery. `unknown_rate`: attempts whose outcome was unknown at some time, of all attempts.
    `balance`: the prepaid money with the supplier (CNY).
    """

    success_rate: Decimal | None = None
    p50_seconds: float | None = None
    p95_seconds: float | None = None
    unknown_rate: Decimal | None = None
    balance: Decimal | None = None


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


def store(measured: Iterable[Measured]) -> None:
    """Keep what was counted; the balance, which is asked for elsewhere, stays. Safe to repeat."""
    now = timezone.now()
    SupplierStat.objects.bulk_create(
        (
            SupplierStat(
                supplier_id=row.supplier_id,
                attempts=row.attempts,
                success_rate=row.success_rate,
                p50_seconds=row.p50_seconds,
                p95_seconds=row.p95_seconds,
                unknown_rate=row.unknown_rate,
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
            "measured_at",
        ],
    )
