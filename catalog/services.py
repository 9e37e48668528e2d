"""Writes of the catalogue: products are saved here, so that search finds them as one types.

Card stock comes in through `catalog.imports` and goes out through `catalog.stock`.
"""

from __future__ import annotations

from django.db import transaction

from catalog.models import SKU, DeliveryKind, Product
from catalog.search_keys import search_key


@transaction.atomic
def save_product(product: Product) -> Product:
    """Save a product with its search key. Safe to repeat."""
    product.search_key = search_key(
        names=[product.name, product.brand, product.name_en], codes=[product.code]
    )
    product.save()
    return product


def save_sku(sku: SKU) -> SKU:
    """Save a SKU; it is delivered the way its product is (the database insists).

    What charges an account is sold one at a time.
    """
    sku.kind = sku.product.kind
    if sku.kind == DeliveryKind.TOPUP:
        sku.min_quantity = sku.max_quantity = 1
    sku.save()
    return sku
