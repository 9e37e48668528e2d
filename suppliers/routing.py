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
    is_on_trial: bool = False  # of a paused supplier that lets a few orders through

    @property
    def is_local(self) -> bool:
        return self.protocol == STOCK_ADAPTER


_CANDIDATES = Statement(
    "offer_candidates",
    """
SELECT offer.id, supplier.id, supplier.code, supplier.adapter, offer.cost, pause.id IS NOT NULL
FROM suppliers_offer AS offer JOIN suppliers_supplier AS supplier ON supplier.id = offer.supplier_id
LEFT JOIN suppliers_supplierpause AS pause
    ON pause.supplier_id = supplier.id AND pause.ended_at IS NULL
WHERE offer.sku_id = %(sku)s AND offer.is_open AND supplier.is_open
  AND supplier.is_sandbox = %(in_sandbox)s
  AND %(quantity)s BETWEEN offer.min_quantity AND offer.max_quantity
  AND (pause.id IS NULL OR pause.trial_slots > 0)
  AND NOT EXISTS (SELECT FROM suppliers_offerstop AS stop
                  WHERE stop.offer_id = offer.id AND stop.ended_at IS NULL)
ORDER BY offer.priority, offer.cost, offer.id
""",
)


def candidates(
    *,
    sku_id: int,
    quantity: int,
    unit_price: Decimal,
    tried: Collection[int] = (),
    in_sandbox: bool,
) -> list[Candidate]:
    """Open offers for `quantity` of a SKU that don't lose money at `unit_price`, best first.

    `tried` holds offers that already failed definitely. Local stock has its cost per card, so the
    margin guard looks at remote offers only. `in_sandbox`: offers of sandbox suppliers and of
    nobody else; without it, of anybody but them.
    """
    with connection.cursor() as cursor:
        _CANDIDATES.run(cursor, {"sku": sku_id, "quantity": quantity, "in_sandbox": in_sandbox})
        found = [Candidate(*row) for row in cursor.fetchall()]
    return [
        candidate
        for candidate in found
        if candidate.offer_id not in tried and (candidate.is_local or candidate.cost <= unit_price)
    ]
