"""What a docked shop reads of our goods, at its own prices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils import timezone

from catalog.models import Category, Product
from catalog.queries import sellable_skus, visible_categories
from kameng.docking import shapes
from kameng.models import Agent, FeedEntry
from kameng.queries.api import priced, skus_for_api
from kameng.services.feed import refresh_feed


def categories() -> list[dict[str, Any]]:
    """The two upper levels of what is visible: the protocol has no more."""
    return [
        shapes.category(one, one.parent_id or 0) for one in visible_categories() if one.level < 2
    ]


def product_page(agent: Agent, *, page: int, size: int) -> tuple[list[dict[str, Any]], int]:
    """(products, how many there are), those on sale only, in an order that doesn't change."""
    found = _on_sale()
    return _shown(agent, list(found.order_by("pk")[(page - 1) * size : page * size])), found.count()


def one_product(agent: Agent, product_id: int) -> dict[str, Any] | None:
    """None when it isn't on sale."""
    shown = _shown(agent, list(_on_sale().filter(pk=product_id)))
    return shown[0] if shown else None


def _on_sale() -> Any:
    return Product.objects.filter(pk__in=sellable_skus().values("product_id")).select_related(
        "category"
    )


def _shown(agent: Agent, products: Sequence[Product]) -> list[dict[str, Any]]:
    refresh_feed()
    skus = skus_for_api().filter(product__in=products).order_by("product", "position", "pk")
    of_product: dict[int, list[Any]] = {}
    for one in priced(agent, list(skus)):
        of_product.setdefault(one.sku.product_id, []).append(one)
    changed = dict(
        FeedEntry.objects.filter(
            code__in=[one.sku.code for rows in of_product.values() for one in rows]
        ).values_list("code", "changed_at")
    )
    return [
        shapes.product(
            one,
            of_product[one.pk],
            _upper_category(one.category),
            max(
                (changed[row.sku.code] for row in of_product[one.pk] if row.sku.code in changed),
                default=timezone.now(),
            ),
        )
        for one in products
        if one.pk in of_product
    ]


def _upper_category(category: Category) -> int:
    """The category of the upper two levels that this one is, or lies in."""
    while category.level >= 2:
        assert category.parent is not None, "only the top level has no parent"
        category = category.parent
    return int(category.pk)
