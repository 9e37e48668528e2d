"""The tables of suppliers, one module a subject."""

from __future__ import annotations

from suppliers.models.gates import OfferStop, PauseCause, StopCause, SupplierPause
from suppliers.models.suppliers import STOCK_ADAPTER, Offer, Supplier, SupplierStat

__all__ = [
    "STOCK_ADAPTER",
    "Offer",
    "OfferStop",
    "PauseCause",
    "StopCause",
    "Supplier",
    "SupplierPause",
    "SupplierStat",
]
