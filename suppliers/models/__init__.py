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
from suppliers.models.known_goods import KnownGoods
from suppliers.models.pricelists import (
    ChangeKind,
    GoodsChange,
    ListRun,
    Proposal,
    ProposalKind,
    ProposalStatus,
    RunResult,
    SupplierGoods,
)
from suppliers.models.routing import RoutingMode, RoutingRule
from suppliers.models.suppliers import STOCK_ADAPTER, Offer, Supplier, SupplierStat
from suppliers.models.watching import BalanceReading, HealthRule, SupplierHealth, SupplierHour
from suppliers.models.windows import MaintenanceWindow

__all__ = [
    "STOCK_ADAPTER",
    "Alert",
    "AlertAttempt",
    "AlertCause",
    "AlertDelivery",
    "AlertReceiver",
    "BalanceReading",
    "ChangeKind",
    "DeliveryEvent",
    "GoodsChange",
    "HealthRule",
    "KnownGoods",
    "ListRun",
    "MaintenanceWindow",
    "Offer",
    "OfferStop",
    "PauseCause",
    "Proposal",
    "ProposalKind",
    "ProposalStatus",
    "ReceiverKind",
    "RoutingMode",
    "RoutingRule",
    "RunResult",
    "StopCause",
    "Supplier",
    "SupplierGoods",
    "SupplierHealth",
    "SupplierHour",
    "SupplierPause",
    "SupplierStat",
]
