"""What the charts of a supplier's health show: (label, value) pairs, oldest first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from suppliers.models import Supplier, SupplierHour
from ui.charts import Point

BALANCE_DAYS = 7
HOURS = 48

# The last reading of each hour: as many as a chart can show, whatever was read.
_BALANCES = """
SELECT DISTINCT ON (date_trunc('hour', at)) at, balance
FROM suppliers_balancereading
WHERE supplier_id = %s AND at >= %s AND balance IS NOT NULL
ORDER BY date_trunc('hour', at), at DESC
"""


@dataclass(frozen=True, slots=True)
class Chart:
    title: str
    points: Sequence[Point]
    note: str = ""
    unit: str = ""
    places: int = 0


def charts_of(supplier: Supplier) -> list[Chart]:
    """Balance of the last week; success, time, unknown results and spend of the last two days."""
    hours = list(
        SupplierHour.objects.filter(
            supplier=supplier, hour__gte=timezone.now() - timedelta(hours=HOURS)
        ).order_by("hour")
    )
    decided = [hour for hour in hours if hour.succeeded + hour.failed]
    return [
        Chart(_("Balance"), _balances(supplier), _("last %(count)d days") % {"count": 7}, "¥", 2),
        Chart(
            _("Delivered of what was decided (percent)"),
            [
                (_label(h.hour), Decimal(100 * h.succeeded) / (h.succeeded + h.failed))
                for h in decided
            ],
            _of_hours(),
            places=1,
        ),
        Chart(
            _("Seconds to delivery: half are faster (p50)"),
            [(_label(h.hour), h.p50_seconds) for h in hours if h.p50_seconds is not None],
            _of_hours(),
            places=1,
        ),
        Chart(
            _("Seconds to delivery: 19 of 20 are faster (p95)"),
            [(_label(h.hour), h.p95_seconds) for h in hours if h.p95_seconds is not None],
            _of_hours(),
            places=1,
        ),
        Chart(
            _("Unknown results (percent)"),
            [(_label(h.hour), Decimal(100 * h.unknown) / h.attempts) for h in hours if h.attempts],
            _of_hours(),
            places=1,
        ),
        Chart(
            _("Spent in an hour"), [(_label(h.hour), h.spent) for h in hours], _of_hours(), "¥", 2
        ),
    ]


def _of_hours() -> str:
    return _("by the hour, last %(count)d hours") % {"count": HOURS}


def _balances(supplier: Supplier) -> list[Point]:
    since = timezone.now() - timedelta(days=BALANCE_DAYS)
    with connection.cursor() as cursor:
        cursor.execute(_BALANCES, [supplier.pk, since])
        return [(_label(at), balance) for at, balance in cursor.fetchall()]


def _label(at: datetime) -> str:
    return timezone.localtime(at).strftime("%m-%d %H:%M")
