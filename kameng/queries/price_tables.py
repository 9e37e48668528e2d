"""The price tables as staff edit them: a category's SKUs against the tiers, and contracts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import QuerySet

from catalog.models import SKU, Category
from kameng.models import DownlineMarkup, PriceKind, Tier, TierDiscount, TierPrice
from kameng.price_items import PriceItem
from kameng.price_rails import Cost, lowest_costs
from orders.money import FEN, to_fen


@dataclass(frozen=True, slots=True)
class Cell:
    """What a tier pays for a SKU (CNY): its own price, or what its discount makes of the list's.

    `margin` is what is left above the lowest cost, when that is known.
    """

    tier: Tier
    own: Decimal | None
    price: Decimal
    margin: Decimal | None

    @property
    def margin_percent(self) -> Decimal | None:
        return None if self.margin is None else self.margin * 100 / self.price

    @property
    def is_loss(self) -> bool:
        return self.margin is not None and self.margin < 0


@dataclass(frozen=True, slots=True)
class Row:
    sku: SKU
    cost: Cost | None
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """One category: `discounts` are its own, by tier; `inherited` what holds where it has none."""

    category: Category
    tiers: tuple[Tier, ...]
    discounts: dict[int, Decimal]
    inherited: dict[int, Decimal]
    rows: tuple[Row, ...]


def skus_in(category: Category) -> QuerySet[SKU]:
    """Of a category and those in it, in the order of the shelf."""
    return (
        SKU.objects.filter(
            product__category__tree_id=category.tree_id,
            product__category__lft__gte=category.lft,
            product__category__rght__lte=category.rght,
        )
        .select_related("product__category")
        .order_by("product__category__lft", "product__position", "product_id", "position", "id")
    )


def grid(category: Category, skus: Sequence[SKU]) -> Grid:
    """These SKUs of a category against every tier. Four statements, whatever the number."""
    tiers = tuple(Tier.objects.order_by("rank"))
    ids = [sku.pk for sku in skus]
    own = {
        (sku_id, tier_id): price
        for sku_id, tier_id, price in TierPrice.objects.filter(sku__in=ids).values_list(
            "sku_id", "tier_id", "price"
        )
    }
    discounts = _discounts(category)
    costs = lowest_costs(ids)
    rows = []
    for sku in skus:
        cost = costs.get(sku.pk)
        cells = []
        for tier in tiers:
            price = own.get((sku.pk, tier.pk))
            rate = _nearest(discounts, tier, sku.product.category)
            pays = max(to_fen(price if price is not None else sku.list_price * rate), FEN)
            margin = pays - cost.amount if cost else None
            cells.append(Cell(tier, price, pays, margin))
        rows.append(Row(sku, cost, tuple(cells)))
    return Grid(
        category=category,
        tiers=tiers,
        discounts={one.tier_id: one.rate for one in discounts if one.category_id == category.pk},
        inherited={
            tier.pk: _nearest(
                [one for one in discounts if one.category_id != category.pk], tier, category
            )
            for tier in tiers
        },
        rows=tuple(rows),
    )


def _discounts(category: Category) -> list[TierDiscount]:
    """Those of the category's whole tree, the nearest to a leaf first."""
    return list(
        TierDiscount.objects.filter(category__tree_id=category.tree_id)
        .select_related("category")
        .order_by("-category__lft")
    )


def _nearest(discounts: Sequence[TierDiscount], tier: Tier, category: Category) -> Decimal:
    for one in discounts:
        above = one.category
        if one.tier_id == tier.pk and above.lft <= category.lft and above.rght >= category.rght:
            return one.rate
    return Decimal(1)


def values_now(items: Sequence[PriceItem]) -> dict[tuple[object, ...], Decimal]:
    """What holds now where each item stands (kameng/price_words.place_of); none: nothing there."""
    skus = {item.sku_id for item in items if item.sku_id}
    categories = {item.category_id for item in items if item.category_id}
    uplines = {item.agent_id for item in items if item.kind == PriceKind.MARKUP}
    found: dict[tuple[object, ...], Decimal] = {}
    for sku_id, price in SKU.objects.filter(pk__in=skus).values_list("pk", "list_price"):
        found[PriceKind.LIST.value, sku_id, None, None, None, None] = price
    for sku_id, tier_id, price in TierPrice.objects.filter(sku__in=skus).values_list(
        "sku_id", "tier_id", "price"
    ):
        found[PriceKind.TIER_PRICE.value, sku_id, None, tier_id, None, None] = price
    for category_id, tier_id, rate in TierDiscount.objects.filter(
        category__in=categories
    ).values_list("category_id", "tier_id", "rate"):
        found[PriceKind.TIER_DISCOUNT.value, None, category_id, tier_id, None, None] = rate
    for markup in DownlineMarkup.objects.filter(upline__in=uplines):
        place = (
            PriceKind.MARKUP.value,
            markup.sku_id,
            markup.category_id,
            None,
            markup.upline_id,
            None,
        )
        found[place] = markup.rate
    return found
