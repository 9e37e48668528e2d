"""Local card stock: the one adapter that needs no network, and so delivers inside the order's
own transaction."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from catalog.stock import Allocated, allocate, taking
from database.prepared import Call, DrawnKey, NextKey
from suppliers.adapters.base import LocalAdapter


class CardStock(LocalAdapter):
    """Hands out cards from `catalog.stock`."""

    def deliver(
        self,
        *,
        order_id: int | NextKey,
        sku_id: int,
        quantity: int,
        most_unit_cost: Decimal | None,
        after: Sequence[Call] = (),
    ) -> Allocated:
        return allocate(
            order_id=order_id,
            sku_id=sku_id,
            quantity=quantity,
            most_unit_cost=most_unit_cost,
            after=after,
        )

    def delivering(
        self, *, order_id: int | NextKey | DrawnKey, sku_id: int, quantity: int, unit_cost: Decimal
    ) -> Call:
        return taking(order_id=order_id, sku_id=sku_id, quantity=quantity, unit_cost=unit_cost)
