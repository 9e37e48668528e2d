"""Reads of the catalogue: what is on the shelves, how much of it is left, and search."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from django.db.models import Exists, F, OuterRef, Prefetch, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from catalog.authorisation import authorised
from catalog.models import SKU, Category, DeliveryKind, Product, StockLane
from catalog.search_keys import words_of

MAX_SEARCH_WORDS = 6


@dataclass(frozen=True, slots=True)
class ShelfSKU:
    """A SKU on sale. `stock` is the number of cards left; None for what isn't kept in stock."""

    sku: SKU
    stock: int | None


@dataclass(frozen=True, slots=True)
class ShelfProduct:
    """A product with its SKUs on sale, in the order of the shelf. It has at least one."""

    product: Product
    skus: tuple[ShelfSKU, ...]

    @property
    def is_sold_out(self) -> bool:
        """Card goods without a card; what a supplier delivers is never known to be sold out."""
        return all(item.stock == 0 for item in self.skus)


def visible_categories() -> list[Category]:
    """Categories that are visible with everything above them, in tree order. One query."""
    visible: set[int] = set()
    found = []
    for category in Category.objects.order_by("tree_id", "lft"):
        if category.is_visible and (category.parent_id is None or category.parent_id in visible):
            visible.add(category.pk)
            found.append(category)
    return found


def sellable_skus() -> QuerySet[SKU]:
    """SKUs that are on sale, of products on sale, in a category that is visible up to its root.

    Official ones only while a contract covers them (catalog/authorisation.py).
    """
    return (
        SKU.objects.filter(authorised(), is_on_sale=True, product__is_on_sale=True)
        .filter(~Exists(_hidden_above("product__category")))
        .select_related("product__category")
    )


def _hidden_above(category: str) -> QuerySet[Category]:
    """The invisible ones among a category (named from the outer query) and what it lies in."""
    hidden: QuerySet[Category] = Category.objects.filter(
        is_visible=False,
        tree_id=OuterRef(f"{category}__tree_id"),
        lft__lte=OuterRef(f"{category}__lft"),
        rght__gte=OuterRef(f"{category}__rght"),
    )
    return hidden


def products_on_shelf(
    *,
    category: Category | None = None,
    kind: DeliveryKind | None = None,
    search: str = "",
    is_official: bool | None = None,
) -> QuerySet[Product]:
    """Products with something on sale, for pages of a list: of one category and those in it, of one
    delivery kind, matching a search, official or not. In no order.
    """
    on_sale = SKU.objects.filter(authorised(), product=OuterRef("pk"), is_on_sale=True)
    products = Product.objects.filter(Exists(on_sale), is_on_sale=True).filter(
        ~Exists(_hidden_above("category"))
    )
    if category is not None:
        products = products.filter(
            category__tree_id=category.tree_id,
            category__lft__gte=category.lft,
            category__rght__lte=category.rght,
        )
    if kind is not None:
        products = products.filter(kind=kind)
    if is_official is not None:
        products = products.filter(is_official=is_official)
    for word in words_of(search)[:MAX_SEARCH_WORDS]:
        in_sku = SKU.objects.filter(_sku_says(word), product=OuterRef("pk"), is_on_sale=True)
        products = products.filter(Q(search_key__contains=word) | Exists(in_sku))
    return products


def shelf(
    *, category: Category | None = None, kind: DeliveryKind | None = None, search: str = ""
) -> list[ShelfProduct]:
    """Everything of `products_on_shelf`, in the order of the shelf. Three queries."""
    found = products_on_shelf(category=category, kind=kind, search=search)
    return with_skus(found.order_by("category__tree_id", "category__lft", "position", "id"))


def with_skus(products: QuerySet[Product]) -> list[ShelfProduct]:
    """These products with their SKUs on sale and the stock, in their order. Three queries whatever
    the number of products (products, SKUs, stock).
    """
    on_sale = Prefetch(
        "skus", SKU.objects.filter(authorised(), is_on_sale=True), to_attr="skus_on_sale"
    )
    return _with_stock(products.select_related("category").prefetch_related(on_sale))


def search_skus(text: str) -> QuerySet[SKU]:
    """SKUs on sale that match every word of `text` by name, brand, pinyin, initials or code."""
    skus = sellable_skus()
    for word in words_of(text)[:MAX_SEARCH_WORDS]:
        skus = skus.filter(Q(product__search_key__contains=word) | _sku_says(word))
    return skus


def _sku_says(word: str) -> Q:
    return Q(code__contains=word) | Q(name__icontains=word) | Q(name_en__icontains=word)


def _with_stock(products: Iterable[Product]) -> list[ShelfProduct]:
    skus_of: dict[Product, list[SKU]] = {
        product: getattr(product, "skus_on_sale", []) for product in products
    }
    stock = stock_of(
        [sku.pk for skus in skus_of.values() for sku in skus if sku.kind == DeliveryKind.CARD]
    )
    return [
        ShelfProduct(product, tuple(_shelf_sku(sku, product, stock) for sku in skus))
        for product, skus in skus_of.items()
        if skus
    ]


def _shelf_sku(sku: SKU, product: Product, stock: Mapping[int, int]) -> ShelfSKU:
    sku.product = product
    return ShelfSKU(sku, stock[sku.pk] if sku.kind == DeliveryKind.CARD else None)


def stock_of(sku_ids: Collection[int]) -> dict[int, int]:
    """Cards left that can still be sold today, for each of these SKUs (0 when there are none).

    Adds up lanes, never cards: as fast with ten million cards as with ten.
    """
    counts = dict.fromkeys(sku_ids, 0)
    if not counts:
        return counts
    rows = (
        StockLane.objects.filter(sku__in=counts, is_exhausted=False)
        .filter(sells_today())
        .values_list("sku_id")
        .annotate(left=Sum(F("size") - F("next_position")))
    )
    return counts | dict(rows)


def cards_left() -> Coalesce:
    """The same as an expression on a queryset of SKUs, for lists that filter and sort by it."""
    left = (
        StockLane.objects.filter(sells_today(), sku=OuterRef("pk"), is_exhausted=False)
        .values("sku")
        .annotate(total=Sum(F("size") - F("next_position")))
        .values("total")
    )
    return Coalesce(Subquery(left), Value(0))


def sells_today() -> Q:
    """Lanes whose cards are still good: a card may be sold until the day before it expires."""
    return Q(expires_on__isnull=True) | Q(expires_on__gt=timezone.localdate())
