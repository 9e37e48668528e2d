"""Which offers can deliver an order, in the order in which they are tried."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection

from database.prepared import Statement
from suppliers.models import STOCK_ADAPTER


@dataclass(frozen=True, slots=True)
class Candidate:
    """An open offer of an open supplier: `cost` is CNY for one unit."""

    offer_id: int
    supplier_id: int
    supplier_code: str
    protocol: str
    cost: Decimal

    @property
    def is_local(self) -> bool:
        return self.protocol == STOCK_ADAPTER


_CANDIDATES = Statement(
    "offer_candidates",
    """
SELECT offer.id, supplier.id, supplier.code, supplier.adapter, offer.cost
FROM suppliers_offer AS offer JOIN suppliers_supplier AS supplier ON supplier.id = offer.supplier_id
WHERE offer.sku_id = %(sku)s AND offer.is_open AND supplier.is_open
  AND %(quantity)s BETWEEN offer.min_quantity AND offer.max_quantity
ORDER BY offer.priority, offer.cost, offer.id
""",
)


def candidates(
    *, sku_id: int, quantity: int, unit_price: Decimal, tried: Collection[int] = ()
) -> list[Candidate]:
    """Open offers for `quantity` of a SKU that don't lose money at `unit_price`, best first.

    `tried` holds offers that already failed definitely. Local stock has its cost per card, so the
    margin guard looks at remote offers only.
    """
    with connection.cursor() as cursor:
        _CANDIDATES.run(cursor, {"sku": sku_id, "quantity": quantity})
        found = [Candidate(*row) for row in cursor.fetchall()]
    return [
        candidate
        for candidate in found
        if candidate.offer_id not in tried and (candidate.is_local or candidate.cost <= unit_price)
    ]
