"""Template filters of the portal: {% load kameng %}."""

from __future__ import annotations

from decimal import Decimal

from django import template

from catalog.models import in_language
from kameng.price_words import percent as percent_of
from orders.models import Order

register = template.Library()


@register.filter
def goods(order: Order) -> str:
    """What was bought: as it was sold, or its English name on the English screen.

    Load the order with its `sku__product`.
    """
    product = in_language(order.product_name, order.sku.product.name_en)
    return f"{product} {in_language(order.sku_name, order.sku.name_en)}"


@register.filter
def percent(share: Decimal) -> str:
    """0.035 → 3.5%."""
    return percent_of(share)
