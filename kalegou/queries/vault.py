"""A member's codes, order by order: what there is, until when it is good; never the codes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Min, Q, QuerySet

from catalog.models import CardAllocation
from kalegou.order_pages import order_title
from orders.models import Channel, Order
from users.models import User


@dataclass(frozen=True, slots=True)
class VaultRow:
    order: Order
    title: str
    expires_on: date | None


def vault_orders(user: User, search: str) -> QuerySet[Order]:
    """Delivered card orders, newest first; searched by goods or order number."""
    found = Order.objects.filter(
        buyer=user, channel=Channel.RETAIL, kind="card", delivered_quantity__gt=0
    ).order_by("-pk")
    for word in search.split():
        found = found.filter(
            Q(product_name__icontains=word)
            | Q(sku_name__icontains=word)
            | Q(sku__product__name_en__icontains=word)
            | Q(order_no__startswith=word)
        )
    return found.select_related("sku__product")


def vault_rows(orders: Sequence[Order]) -> list[VaultRow]:
    """With the earliest expiry of each; one query for all of them."""
    expiries = dict(
        CardAllocation.objects.filter(order_id__in=[order.pk for order in orders])
        .order_by()
        .values_list("order_id")
        .annotate(soonest=Min("lane__expires_on"))
    )
    return [VaultRow(order, order_title(order), expiries.get(order.pk)) for order in orders]
