"""Adding up sales behind the purchases: incrementally, exactly, and anew when asked.

Invariant (kameng/sales_checks.py): the sums equal the orders that ended up to `SalesUpTo`, less
what corrections are still waiting.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from kameng import sales_sql
from kameng.models import SalesUpTo

# Also stands in the trigger that moves a subtree's sums (migration): one writer of sums at a time.
_ONE_AT_A_TIME = 0x73616C65  # the key of an advisory lock
# How far the clocks of our machines may be apart.
MARGIN = timedelta(seconds=5)
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
_TABLES = (
    "kameng_salesday",
    "kameng_salesmonth",
    "kameng_earnedday",
)


@transaction.atomic
def add_up_sales(*, margin: timedelta = MARGIN) -> int:
    """Add up the orders that ended since the last time; return how many rows came in.

    Goes as far as no transaction under way can still write an order, less `margin`. Safe to repeat
    and to run twice at once: an advisory lock lets one work. Locks nothing of orders.
    """
    with connection.cursor() as cursor:
        _lock(cursor)
        cursor.execute(sales_sql.SAFE, {"margin_seconds": margin.total_seconds()})
        upto: datetime = cursor.fetchone()[0]
        since = sales_are_added_up_to()
        if upto <= since:
            return 0
        return _add_up(cursor, since=since, upto=upto)


@transaction.atomic
def rebuild_sales() -> int:
    """Forget all sums and add up every order anew; return how many rows came in.

    Readers see the old sums until it is done; purchases go on.
    """
    with connection.cursor() as cursor:
        _lock(cursor)
        cursor.execute("SELECT set_config('work_mem', '256MB', true)")
        cursor.execute(sales_sql.SAFE, {"margin_seconds": MARGIN.total_seconds()})
        upto: datetime = cursor.fetchone()[0]
        for table in _TABLES:
            cursor.execute(f"DELETE FROM {table}")
        return _add_up(cursor, since=_BEGINNING, upto=upto)


def sales_are_added_up_to() -> datetime:
    upto: datetime | None = SalesUpTo.objects.values_list("upto", flat=True).first()
    return upto or _BEGINNING


def _add_up(cursor: Any, *, since: datetime, upto: datetime) -> int:
    period = {"since": since, "upto": upto, "zone": settings.TIME_ZONE}
    cursor.execute(sales_sql.ADD_UP_SALES, period)
    added: int = cursor.fetchone()[0]
    cursor.execute(sales_sql.ADD_UP_EARNED, period)
    SalesUpTo.objects.update_or_create(pk=1, defaults={"upto": upto})
    return added


def _lock(cursor: Any) -> None:
    cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_ONE_AT_A_TIME])
