"""What is sold, the stock of card codes, and the contracts behind official goods."""

from __future__ import annotations

from catalog.models.contracts import SupplierContract
from catalog.models.goods import (
    SKU,
    AccountField,
    AccountFieldKind,
    Card,
    CardAllocation,
    Carrier,
    Category,
    DeliveryKind,
    Named,
    Product,
    Speed,
    StockLane,
    StockLot,
    _PositionRange,  # migration 0001 finds it here
    in_language,
)

__all__ = [
    "SKU",
    "AccountField",
    "AccountFieldKind",
    "Card",
    "CardAllocation",
    "Carrier",
    "Category",
    "DeliveryKind",
    "Named",
    "Product",
    "Speed",
    "StockLane",
    "StockLot",
    "SupplierContract",
    "_PositionRange",
    "in_language",
]
