"""Writes of the catalogue: products are saved here, so that search finds them as one types.

Card stock comes in through `catalog.imports` and goes out through `catalog.stock`.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.db import transaction

from catalog.list_prices import guarded_list_prices
from catalog.models import SKU, Category, DeliveryKind, Product
from catalog.search_keys import product_key
from users.models import User


@transaction.atomic
def save_product(product: Product) -> Product:
    """Save a product with its search key. Safe to repeat."""
    product.search_key = _search_key(product)
    product.save()
    return product


def _search_key(product: Product) -> str:
    return product_key(
        own=[product.name, product.brand, product.name_en],
        skus=product.skus.values_list("name", flat=True) if product.pk else (),
        categories=[
            name for one in _with_above(product.category) for name in (one.name, one.name_en)
        ],
        code=product.code,
    )


def _with_above(category: Category) -> Iterator[Category]:
    above: Category | None = category
    while above is not None:
        yield above
        above = above.parent


@transaction.atomic
def save_category(category: Category) -> int:
    """Save a category, and what its products are found by; return how many of them changed.

    Safe to repeat. For staff: reads every product below the category.
    """
    category.save()  # type: ignore[no-untyped-call]  # mptt
    below = category.get_descendants(include_self=True)
    changed = []
    for product in Product.objects.filter(category__in=below).select_related("category__parent"):
        key = _search_key(product)
        if key != product.search_key:
            product.search_key = key
            changed.append(product)
    Product.objects.bulk_update(changed, ["search_key"], batch_size=500)
    return len(changed)


@transaction.atomic
def save_sku(sku: SKU, *, actor: User | None = None) -> SKU:
    """Save a SKU, so that its product is found by its name too; it is delivered as its product is
    (the database insists).

    What charges an account is sold one at a time, unless it is of any amount. Raises a PersonError
    when its list price would break a rule of a storefront's prices.
    """
    sku.kind = sku.product.kind
    if sku.kind == DeliveryKind.TOPUP and not sku.is_any_amount:
        sku.min_quantity = sku.max_quantity = 1
    if _has_new_price(sku):
        with guarded_list_prices([sku.pk], actor=actor):
            sku.save()
    else:
        sku.save()
    key = _search_key(sku.product)
    if key != sku.product.search_key:
        sku.product.search_key = key
        Product.objects.filter(pk=sku.product_id).update(search_key=key)
    return sku


def _has_new_price(sku: SKU) -> bool:
    """Of one that is on the shelf already; a new one has no other prices yet."""
    before = SKU.objects.filter(pk=sku.pk).values_list("list_price", flat=True).first()
    return before is not None and before != sku.list_price
