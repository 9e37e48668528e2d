"""An agent's price list: its own prices, its margin against the list price, and which rule."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from catalog.models import SKU, Category, DeliveryKind
from catalog.queries import search_skus
from kameng.models import Agent, ContractPrice
from kameng.price_rules import price_list
from kameng.pricing import PriceQuote, PriceRule, explain
from ui.exports import Cell

SORTS = ("shelf", "price", "-price", "margin", "-margin", "percent", "-percent")


@dataclass(frozen=True, slots=True)
class OwnPrice:
    """One SKU: what the agent pays, and what is left when it sells at the list price (CNY)."""

    sku: SKU
    quote: PriceQuote
    explanation: str
    valid_until: datetime | None

    @property
    def price(self) -> Decimal:
        return self.quote.price

    @property
    def margin(self) -> Decimal:
        return self.quote.list_price - self.quote.price

    @property
    def percent(self) -> Decimal:
        """The margin as a share of the list price (%)."""
        return self.margin * 100 / self.quote.list_price


def find_skus(*, category: Category | None, kind: DeliveryKind | None, text: str) -> QuerySet[SKU]:
    """On sale, in the order of the shelf."""
    found = search_skus(text)
    if category is not None:
        found = found.filter(
            product__category__tree_id=category.tree_id,
            product__category__lft__gte=category.lft,
            product__category__rght__lte=category.rght,
        )
    if kind is not None:
        found = found.filter(kind=kind)
    return found.order_by(
        "product__category__tree_id",
        "product__category__lft",
        "product__position",
        "product_id",
        "position",
        "id",
    )


def own_prices(agent: Agent, skus: Collection[SKU]) -> list[OwnPrice]:
    """These SKUs (with their products loaded) for an agent: two statements."""
    ids = [sku.pk for sku in skus]
    quotes = price_list(agent, ids)
    ends = _contract_ends(agent, [pk for pk, q in quotes.items() if _is_contract(q)])
    return [
        OwnPrice(
            sku=sku,
            quote=quotes[sku.pk],
            explanation=explain(quotes[sku.pk], tier=agent.tier.label),
            valid_until=ends.get(sku.pk),
        )
        for sku in skus
    ]


def _is_contract(quote: PriceQuote) -> bool:
    return quote.own.rule == PriceRule.CONTRACT


def _contract_ends(agent: Agent, sku_ids: Sequence[int]) -> dict[int, datetime | None]:
    now = timezone.now()
    rows = ContractPrice.objects.filter(
        Q(valid_until=None) | Q(valid_until__gt=now),
        agent=agent,
        sku__in=sku_ids,
        valid_from__lte=now,
    )
    return dict(rows.values_list("sku_id", "valid_until"))


def sort_prices(prices: list[OwnPrice], sort: str) -> list[OwnPrice]:
    name = sort.removeprefix("-")
    return sorted(prices, key=lambda one: getattr(one, name), reverse=sort.startswith("-"))


def price_table(prices: Sequence[OwnPrice]) -> tuple[list[str], Iterator[list[Cell]]]:
    heading = [
        _("Code"),
        _("Goods"),
        _("Category"),
        _("Face value"),
        _("List price"),
        _("Your price"),
        pgettext("price list", "Margin"),
        _("Margin %"),
        _("Why"),
        _("Valid until"),
    ]
    return heading, (
        [
            one.sku.code,
            f"{one.sku.product.label} {one.sku.label}",
            one.sku.product.category.label,
            one.sku.face_value,
            one.quote.list_price,
            one.price,
            one.margin,
            one.percent.quantize(Decimal("0.01")),
            one.explanation,
            one.valid_until,
        ]
        for one in prices
    )
