"""The figures of the dashboard, from one statement over the last two weeks of orders."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Avg, Count, F, Max, Q, Sum
from django.db.models.functions import TruncDate
from django.utils import timezone

from catalog.queries import sellable_skus
from kameng.models import Agent
from kameng.queries.goods import Ware, wares
from kameng.queries.orders import orders_of, start_of
from orders.models import OrderStatus

DAYS = 14
WATCHED = 6


@dataclass(frozen=True, slots=True)
class Day:
    """One day's orders: `spent` (CNY) is what is kept of them after refunds."""

    on: date
    orders: int = 0
    spent: Decimal = Decimal(0)
    finished: int = 0
    delivered: int = 0
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Figures:
    days: Sequence[Day]

    @property
    def today(self) -> Day:
        return self.days[-1]

    @property
    def orders_change(self) -> Decimal | None:
        return _change(self.days[-2].orders, self.today.orders)

    @property
    def spent_change(self) -> Decimal | None:
        return _change(self.days[-2].spent, self.today.spent)

    @property
    def total(self) -> Decimal:
        return sum((day.spent for day in self.days), Decimal(0))

    @property
    def finished(self) -> int:
        return sum(day.finished for day in self.days)

    @property
    def success_percent(self) -> Decimal | None:
        delivered = sum(day.delivered for day in self.days)
        return Decimal(delivered * 100) / self.finished if self.finished else None

    @property
    def seconds_to_delivery(self) -> float | None:
        """The mean over the days, weighted by what was delivered on them."""
        counted = [(d.seconds, d.delivered) for d in self.days if d.seconds is not None]
        weight = sum(count for _, count in counted)
        return sum(s * count for s, count in counted) / weight if weight else None

    @property
    def points(self) -> list[tuple[str, Decimal]]:
        return [(day.on.strftime("%m-%d"), day.spent) for day in self.days]


def figures(agent: Agent) -> Figures:
    """The last 14 days, today included."""
    today = timezone.localdate()
    first = today - timedelta(days=DAYS - 1)
    is_finished = Q(finished_at__isnull=False)
    is_delivered = Q(status__in=(OrderStatus.COMPLETED, OrderStatus.PARTIALLY_COMPLETED))
    rows = (
        orders_of(agent.user)
        .filter(created_at__gte=start_of(first))
        .order_by()
        .annotate(on=TruncDate("created_at"))
        .values("on")
        .annotate(
            orders=Count("pk"),
            spent=Sum(F("total") - F("refunded")),
            finished=Count("pk", filter=is_finished),
            delivered=Count("pk", filter=is_delivered),
            took=Avg(F("finished_at") - F("created_at"), filter=is_delivered),
        )
    )
    by_day = {
        row["on"]: Day(
            on=row["on"],
            orders=row["orders"],
            spent=row["spent"],
            finished=row["finished"],
            delivered=row["delivered"],
            seconds=row["took"].total_seconds() if row["took"] is not None else None,
        )
        for row in rows
    }
    days = (first + timedelta(days=n) for n in range(DAYS))
    return Figures([by_day.get(day) or Day(day) for day in days])


def _change(before: int | Decimal, now: int | Decimal) -> Decimal | None:
    """Percent more (or less) than before; None when there is nothing to compare with."""
    return (Decimal(now) - Decimal(before)) * 100 / Decimal(before) if before else None


def watched_wares(agent: Agent) -> list[Ware]:
    """What the agent buys most often, then the first goods of the shelf: can it be had now?"""
    since = timezone.now() - timedelta(days=30)
    often = (
        orders_of(agent.user)
        .filter(created_at__gte=since)
        .order_by()
        .values("sku")
        .annotate(times=Count("pk"), last=Max("pk"))
        .order_by("-times", "-last")
        .values_list("sku", flat=True)[:WATCHED]
    )
    ids = list(often)
    skus = sorted(sellable_skus().filter(pk__in=ids), key=lambda sku: ids.index(sku.pk))
    if len(skus) < WATCHED:
        shelf = ("product__category__tree_id", "product__category__lft", "product__position")
        # DISTINCT ON: one SKU of each product.
        one_each = sellable_skus().order_by(*shelf, "product_id", "position", "id")
        fill = one_each.exclude(product__in=[sku.product_id for sku in skus])
        skus += fill.distinct(*shelf, "product_id")[: WATCHED - len(skus)]
    return wares(agent, skus)
