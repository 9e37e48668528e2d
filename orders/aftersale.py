"""Reads about goods after the sale: what they cost, and where."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from django.db.models import F, Sum

from catalog.models import CardAllocation
from orders.models import FulfilmentStatus, Order


def costs_by_supplier(order: Order) -> Mapping[str, Decimal]:
    """What was delivered of an order had cost (CNY), by the supplier's code. One query.

    Codes of our own stock count for whoever they were bought from.
    """
    if order.kind == "card":
        return _costs_of_cards(order)
    attempts = order.fulfilments.filter(status=FulfilmentStatus.SUCCEEDED).order_by()
    rows = attempts.values_list("supplier__code").annotate(total=Sum("cost"))
    return {code: cost for code, cost in rows if cost}


def _costs_of_cards(order: Order) -> Mapping[str, Decimal]:
    cost = (F("end_position") - F("first_position")) * F("lane__unit_cost")
    rows = (
        CardAllocation.objects.filter(order_id=order.pk)
        .values_list("lane__lot__supplier_code")
        .annotate(cost=Sum(cost))
    )
    return {code: cost for code, cost in rows if cost}
