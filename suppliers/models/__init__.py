"""The tables of suppliers, one module a subject."""

from __future__ import annotations

from suppliers.models.alerts import (
    Alert,
    AlertAttempt,
    AlertCause,
    AlertDelivery,
    AlertReceiver,
    DeliveryEvent,
    ReceiverKind,
)
from suppliers.models.gates import OfferStop, PauseCause, StopCause, SupplierPause
from suppliers.models.suppliers import STOCK_ADAPTER, Offer, Supplier, SupplierStat
from suppliers.models.watching import BalanceReading, HealthRule, SupplierHealth, SupplierHour

__all__ = [
    "STOCK_ADAPTER",
    "Alert",
    "AlertAttempt",
    "AlertCause",
    "AlertDelivery",
    "AlertReceiver",
    "BalanceReading",
    "DeliveryEvent",
    "HealthRule",
    "Offer",
    "OfferStop",
    "PauseCause",
    "ReceiverKind",
    "StopCause",
    "Supplier",
    "SupplierHealth",
    "SupplierHour",
    "SupplierPause",
    "SupplierStat",
]
