"""Goods as one agent sees them: its own price, the stock, whether anyone can deliver."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from catalog.models import SKU, Category, DeliveryKind, Product
from catalog.queries import shelf, stock_of
from kameng.models import Agent
from kameng.price_rules import price_list
from kameng.pricing import PriceQuote, explain
from suppliers.models import Offer

LOW_STOCK = 20


@dataclass(frozen=True, slots=True)
class Ware:
    """One SKU for one agent. `stock` is None for what isn't kept in stock."""

    sku: SKU
    quote: PriceQuote
    explanation: str
    stock: int | None
    is_open: bool

    @property
    def product(self) -> Product:
        return self.sku.product

    @property
    def price(self) -> Decimal:
        return self.quote.price

    @property
    def is_buyable(self) -> bool:
        return self.is_open and self.stock != 0

    @property
    def availability(self) -> str:
        """A stable word for the tone of the badge."""
        if not self.is_open:
            return "closed"
        if self.stock is None:
            return "in_stock"
        if self.stock == 0:
            return "sold_out"
        return "low_stock" if self.stock < LOW_STOCK else "in_stock"

    @property
    def availability_label(self) -> str:
        match self.availability:
            case "closed":
                return _("Under maintenance")
            case "sold_out":
                return _("Sold out")
        return _("Channel open") if self.stock is None else _("%d in stock") % self.stock


def wares(agent: Agent, skus: Collection[SKU], stock: dict[int, int] | None = None) -> list[Ware]:
    """These SKUs (with their products loaded) for an agent: two or three statements."""
    ids = [sku.pk for sku in skus]
    quotes = price_list(agent, ids)
    if stock is None:
        stock = stock_of([sku.pk for sku in skus if sku.kind == DeliveryKind.CARD])
    open_ids = open_skus(ids)
    return [
        Ware(
            sku=sku,
            quote=quotes[sku.pk],
            explanation=explain(quotes[sku.pk], tier=agent.tier.label),
            stock=stock.get(sku.pk, 0) if sku.kind == DeliveryKind.CARD else None,
            is_open=sku.pk in open_ids,
        )
        for sku in skus
    ]


def open_skus(sku_ids: Iterable[int]) -> set[int]:
    """Those of these SKUs that an open supplier offers."""
    offers = Offer.objects.taking_orders().filter(sku__in=list(sku_ids))
    return set(offers.values_list("sku_id", flat=True))


def catalogue(
    *, category: Category | None, kind: DeliveryKind | None, search: str
) -> list[tuple[SKU, int | None]]:
    """Every SKU on sale that matches, in the order of the shelf, with its stock."""
    return [
        (item.sku, item.stock)
        for product in shelf(category=category, kind=kind, search=search)
        for item in product.skus
    ]


def product_on_sale(code: str) -> Product | None:
    """The product with this code, or the one that has the SKU with this code, if on sale."""
    on_sale = Product.objects.filter(is_on_sale=True).select_related("category")
    return on_sale.filter(code=code).first() or on_sale.filter(skus__code=code).first()
