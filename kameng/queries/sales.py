"""What an agent and the agents below it bought in a period, and what it earned by that.

Read from the sums of days plus what ended a moment ago, in one snapshot a statement: the numbers
are those of the orders, now.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import connection

from catalog.models import SKU
from kameng.models import Agent
from kameng.periods import Period
from kameng.sales_sql import FRESH, FRESH_EARNED
from kameng.services.sales import sales_are_added_up_to

NOTHING = Decimal(0)


@dataclass(slots=True)
class Sum:
    """Orders that ended, units delivered, CNY ordered and refunded, and what the agent earned."""

    orders: int = 0
    quantity: int = 0
    sales: Decimal = NOTHING
    refunds: Decimal = NOTHING
    earned: Decimal = NOTHING

    @property
    def kept(self) -> Decimal:
        return self.sales - self.refunds

    def __iadd__(self, other: Sum) -> Sum:
        self.orders += other.orders
        self.quantity += other.quantity
        self.sales += other.sales
        self.refunds += other.refunds
        self.earned += other.earned
        return self


@dataclass(slots=True)
class Compared:
    """A period and the one before it."""

    now: Sum = field(default_factory=Sum)
    before: Sum = field(default_factory=Sum)

    @property
    def change(self) -> Decimal | None:
        return change(self.before.kept, self.now.kept)

    @property
    def earned_change(self) -> Decimal | None:
        return change(self.before.earned, self.now.earned)

    def of(self, is_now: bool) -> Sum:
        return self.now if is_now else self.before

    def __iadd__(self, other: Compared) -> Compared:
        self.now += other.now
        self.before += other.before
        return self


@dataclass(frozen=True, slots=True)
class Board:
    """`own` and `below` are the agent's own purchases and those below it; days are of both."""

    own: Compared
    below: Compared
    total: Compared
    by_day: Mapping[date, Sum]
    by_sku: Mapping[int, Compared]


def change(before: Decimal | int, now: Decimal | int) -> Decimal | None:
    """Percent more (or less) than before; None when there is nothing to compare with."""
    return (Decimal(now) - Decimal(before)) * 100 / Decimal(before) if before else None


# One pass over both periods: by day (now only) and by SKU. `is_now` tells the periods apart.
_BOARD = f"""
WITH {FRESH}, moved AS (
    SELECT scope, day, sku_id, orders, quantity, sales, refunds FROM kameng_salesday
    WHERE agent_id = %(me)s AND scope = ANY (%(scopes)s) AND (
        day BETWEEN %(since)s AND %(until)s OR day BETWEEN %(before_since)s AND %(before_until)s)
    UNION ALL
    SELECT CASE WHEN agent_id = %(me)s THEN 'own' ELSE 'below' END,
           day, sku_id, orders, quantity, sales, refunds
    FROM fresh WHERE (agent_id = %(me)s AND 'own' = ANY (%(scopes)s)
                      OR %(me)s = ANY (upline_ids) AND 'below' = ANY (%(scopes)s)) AND (
        day BETWEEN %(since)s AND %(until)s OR day BETWEEN %(before_since)s AND %(before_until)s)
)
SELECT scope, day >= %(since)s AS is_now, sku_id, CASE WHEN day >= %(since)s THEN day END AS on_day,
       sum(orders), sum(quantity), sum(sales), sum(refunds)
FROM moved
GROUP BY GROUPING SETS ((scope, 2, sku_id), (scope, 2, 4))
HAVING sum(orders) > 0 OR sum(refunds) <> 0
"""
_EARNED = f"""
WITH {FRESH_EARNED}, moved AS (
    SELECT day, buyer_id, sku_id, amount FROM kameng_earnedday
    WHERE agent_id = %(me)s AND (
        day BETWEEN %(since)s AND %(until)s OR day BETWEEN %(before_since)s AND %(before_until)s)
    UNION ALL
    SELECT day, buyer_id, sku_id, amount FROM fresh_earned
    WHERE agent_id = %(me)s AND (
        day BETWEEN %(since)s AND %(until)s OR day BETWEEN %(before_since)s AND %(before_until)s)
)
SELECT day >= %(since)s AS is_now, sku_id, CASE WHEN day >= %(since)s THEN day END AS on_day,
       sum(amount)
FROM moved GROUP BY GROUPING SETS ((1, sku_id), (1, 3))
"""


def board(agent: Agent, period: Period, *, own_only: bool = False) -> Board:
    """Everything that the board shows besides the branches, in three statements.

    `own_only`: what the agent bought itself, without what others earned it.
    """
    about = _about(agent, period) | {"scopes": ["own"] if own_only else ["own", "below"]}
    found = Board(Compared(), Compared(), Compared(), {}, {})
    by_day: dict[date, Sum] = {day: Sum() for day in period.each_day()}
    by_sku: dict[int, Compared] = {}
    for scope, is_now, sku_id, day, *sums in _rows(_BOARD, about):
        one = Sum(*sums)
        if sku_id is not None:
            by_sku.setdefault(sku_id, Compared()).of(is_now).__iadd__(one)
            (found.own if scope == "own" else found.below).of(is_now).__iadd__(one)
            found.total.of(is_now).__iadd__(one)
        elif day is not None:
            by_day[day] += one
    for is_now, sku_id, day, earned in [] if own_only else _rows(_EARNED, about):
        one = Sum(earned=earned)
        if sku_id is not None:
            by_sku.setdefault(sku_id, Compared()).of(is_now).__iadd__(one)
            found.below.of(is_now).__iadd__(one)
            found.total.of(is_now).__iadd__(one)
        elif day is not None:
            by_day[day] += one
    return Board(found.own, found.below, found.total, by_day, by_sku)


# The direct downline with its branches: what each and everybody below it bought.
_BRANCHES = f"""
WITH {FRESH}, child AS (SELECT id FROM kameng_agent WHERE parent_id = %(me)s), moved AS (
    SELECT child.id AS branch, day, orders, quantity, sales, refunds
    FROM child JOIN kameng_salesday kept ON kept.agent_id = child.id
    WHERE scope IN ('own', 'below') AND (
        day BETWEEN %(since)s AND %(until)s OR day BETWEEN %(before_since)s AND %(before_until)s)
    UNION ALL
    SELECT CASE WHEN upline_ids[1] = %(me)s THEN agent_id
                ELSE upline_ids[array_position(upline_ids, %(me)s) - 1] END,
           day, orders, quantity, sales, refunds
    FROM fresh WHERE %(me)s = ANY (upline_ids) AND (
        day BETWEEN %(since)s AND %(until)s OR day BETWEEN %(before_since)s AND %(before_until)s)
)
SELECT branch, day >= %(since)s AS is_now, sum(orders), sum(quantity), sum(sales), sum(refunds)
FROM moved GROUP BY 1, 2 HAVING sum(orders) > 0 OR sum(refunds) <> 0
"""
_EARNED_BY_BRANCH = f"""
WITH {FRESH_EARNED}, moved AS (
    SELECT day, buyer_id, amount FROM kameng_earnedday
    WHERE agent_id = %(me)s AND (
        day BETWEEN %(since)s AND %(until)s OR day BETWEEN %(before_since)s AND %(before_until)s)
    UNION ALL
    SELECT day, buyer_id, amount FROM fresh_earned
    WHERE agent_id = %(me)s AND (
        day BETWEEN %(since)s AND %(until)s OR day BETWEEN %(before_since)s AND %(before_until)s)
), by_buyer AS (
    SELECT buyer_id, day >= %(since)s AS is_now, sum(amount) AS amount FROM moved GROUP BY 1, 2
)
SELECT CASE WHEN buyer.upline_ids[1] = %(me)s THEN buyer.id
            ELSE buyer.upline_ids[array_position(buyer.upline_ids, %(me)s) - 1] END AS branch,
       is_now, sum(amount)
FROM by_buyer JOIN kameng_agent buyer ON buyer.id = buyer_id
GROUP BY 1, 2
"""


def branches(agent: Agent, period: Period) -> dict[int | None, Compared]:
    """By direct downline agent; None: earned from who has left this branch since."""
    about = _about(agent, period)
    found: dict[int | None, Compared] = {}
    for branch, is_now, *sums in _rows(_BRANCHES, about):
        found.setdefault(branch, Compared()).of(is_now).__iadd__(Sum(*sums))
    for branch, is_now, earned in _rows(_EARNED_BY_BRANCH, about):
        found.setdefault(branch, Compared()).of(is_now).__iadd__(Sum(earned=earned))
    return found


def skus_of(keys: Sequence[int]) -> dict[int, SKU]:
    return SKU.objects.select_related("product__category").in_bulk(keys)


def _about(agent: Agent, period: Period) -> dict[str, Any]:
    return {
        "me": agent.pk,
        "zone": settings.TIME_ZONE,
        "near": sales_are_added_up_to(),
        "since": period.since,
        "until": period.until,
        "before_since": period.before_since,
        "before_until": period.before_until,
    }


def _rows(sql: str, about: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, about)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


# By month and agent, with what isn't added up yet: `own` and `below` (CNY kept after refunds).
MONTHS = f"""
{FRESH}, fresh_month AS MATERIALIZED (
    SELECT agent_id, date_trunc('month', day)::date AS month, sum(orders) AS own_orders,
           sum(sales - refunds) AS own, 0 AS below
    FROM fresh GROUP BY 1, 2
    UNION ALL
    SELECT above.id, date_trunc('month', day)::date, 0, 0, sum(sales - refunds)
    FROM fresh CROSS JOIN LATERAL unnest(upline_ids) AS above (id) GROUP BY 1, 2
)"""
_MONTHS_OF = f"""
WITH {MONTHS}
SELECT agent_id, month, sum(own_orders), sum(own), sum(below) FROM (
    SELECT agent_id, month, own_orders, own, below FROM kameng_salesmonth
    WHERE agent_id = ANY (%(agents)s) AND month BETWEEN %(first)s AND %(last)s
    UNION ALL
    SELECT agent_id, month, own_orders, own, below FROM fresh_month
    WHERE agent_id = ANY (%(agents)s) AND month BETWEEN %(first)s AND %(last)s) AS rows
GROUP BY agent_id, month
"""


@dataclass(frozen=True, slots=True)
class MonthSales:
    """One agent's month: its own purchases and those below it (CNY kept after refunds)."""

    own_orders: int = 0
    own: Decimal = NOTHING
    below: Decimal = NOTHING

    @property
    def branch(self) -> Decimal:
        return self.own + self.below


def months_of(
    agents: Sequence[int], *, first: date, last: date
) -> dict[tuple[int, date], MonthSales]:
    """Each agent's months between two first days, by (agent, month); a month without is missing."""
    about = {
        "agents": list(agents),
        "first": first,
        "last": last,
        "zone": settings.TIME_ZONE,
        "near": sales_are_added_up_to(),
    }
    rows = _rows(_MONTHS_OF, about)
    return {(agent, month): MonthSales(*sums) for agent, month, *sums in rows}


_EARNED_FROM = f"""
WITH {FRESH_EARNED}
SELECT date_trunc('month', day)::date, sum(amount) FROM (
    SELECT day, amount FROM kameng_earnedday
    WHERE agent_id = %(me)s AND buyer_id = %(buyer)s AND day >= %(first)s
    UNION ALL
    SELECT day, amount FROM fresh_earned
    WHERE agent_id = %(me)s AND buyer_id = %(buyer)s AND day >= %(first)s) AS rows
GROUP BY 1
"""


def earned_from(agent: Agent, buyer: Agent, *, first: date) -> dict[date, Decimal]:
    """What an agent earned on one buyer's orders, by month."""
    about = {
        "me": agent.pk,
        "buyer": buyer.pk,
        "first": first,
        "zone": settings.TIME_ZONE,
        "near": sales_are_added_up_to(),
    }
    return dict(_rows(_EARNED_FROM, about))
