"""What an attempt delivered, on its way into the books."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Delivery:
    """What one attempt delivered: `cost` (CNY) is ours, owed to supplier `source`."""

    fulfilment_no: str
    quantity: int
    cost: Decimal
    source: str
    protocol: str
