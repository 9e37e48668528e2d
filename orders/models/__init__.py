"""Orders, attempts to deliver them, refunds; what happened after the sale."""

from __future__ import annotations

from orders.models.aftersale import (
    FaultyCard,
    Replacement,
    ReplacementStatus,
    SupplierClaim,
    SupplierClaimStatus,
)
from orders.models.orders import (
    FINAL_STATUSES,
    OPEN_STATUSES,
    UNDECIDED,
    Channel,
    Fulfilment,
    FulfilmentEvent,
    FulfilmentStatus,
    Funding,
    Order,
    OrderEvent,
    OrderStatus,
    Refund,
    Spending,
    _Units,
)

__all__ = [
    "FINAL_STATUSES",
    "OPEN_STATUSES",
    "UNDECIDED",
    "Channel",
    "FaultyCard",
    "Fulfilment",
    "FulfilmentEvent",
    "FulfilmentStatus",
    "Funding",
    "Order",
    "OrderEvent",
    "OrderStatus",
    "Refund",
    "Replacement",
    "ReplacementStatus",
    "Spending",
    "SupplierClaim",
    "SupplierClaimStatus",
    "_Units",
]
