"""One agent below, as an agent above sees it: amounts and goods, never customers or codes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from kameng.models import Agent, DownlineMarkup
from kameng.periods import Period, month_before
from kameng.queries.sales import Compared, MonthSales, board, earned_from, months_of, skus_of

MONTHS_SHOWN = 12
MARKUPS_SHOWN = 20
NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class MonthOf:
    """`earned` is what the agent above earned on this one's own purchases (CNY)."""

    month: date
    sales: MonthSales
    earned: Decimal


@dataclass(frozen=True, slots=True)
class History:
    """The oldest month first."""

    months: Sequence[MonthOf]

    @property
    def points(self) -> list[tuple[str, Decimal]]:
        return [(one.month.strftime("%Y-%m"), one.sales.branch) for one in self.months]

    @property
    def total(self) -> Decimal:
        return sum((one.sales.branch for one in self.months), NOTHING)

    @property
    def own(self) -> Decimal:
        return sum((one.sales.own for one in self.months), NOTHING)

    @property
    def earned(self) -> Decimal:
        return sum((one.earned for one in self.months), NOTHING)

    @property
    def newest_first(self) -> list[MonthOf]:
        """Months in which something happened."""
        return [one for one in reversed(self.months) if one.sales.branch or one.earned]


def history(me: Agent, other: Agent, this_month: date) -> History:
    first = month_before(this_month, MONTHS_SHOWN - 1)
    sales = months_of([other.pk], first=first, last=this_month)
    earned = earned_from(me, other, first=first)
    months = (month_before(this_month, n) for n in reversed(range(MONTHS_SHOWN)))
    return History(
        [
            MonthOf(month, sales.get((other.pk, month), MonthSales()), earned.get(month, NOTHING))
            for month in months
        ]
    )


@dataclass(frozen=True, slots=True)
class Goods:
    """A SKU and what was bought of it."""

    name: str
    sums: Compared


def goods_of(other: Agent, month: date) -> list[Goods]:
    """What it bought itself in a month, by SKU, most first."""
    last = month_before(month, -1)
    period = Period(month, date.fromordinal(last.toordinal() - 1), month, month)
    bought = board(other, period, own_only=True).by_sku
    skus = skus_of(list(bought))
    found = [
        Goods(f"{skus[key].product.label} {skus[key].label}", sums) for key, sums in bought.items()
    ]
    return sorted(found, key=lambda one: (-one.sums.now.kept, one.name))


def month_from(text: str, *, latest: date) -> date:
    """The month that an address names (`2026-11`), one of those shown; else the latest."""
    months = [month_before(latest, n) for n in range(MONTHS_SHOWN)]
    return next((month for month in months if f"{month:%Y-%m}" == text), latest)


@dataclass(frozen=True, slots=True)
class Markup:
    """What is added for the direct downline: for a SKU, or (no goods) for everything."""

    goods: str
    percent: Decimal


def markups_for(me: Agent, other: Agent) -> list[Markup]:
    """What `me` adds for its direct downline; nothing for agents further below."""
    if other.parent_id != me.pk:
        return []
    found = DownlineMarkup.objects.filter(upline=me).select_related("sku__product")
    return [
        Markup(f"{one.sku.product.label} {one.sku.label}" if one.sku else "", one.rate * 100)
        for one in found.order_by("sku_id")[:MARKUPS_SHOWN]
    ]
