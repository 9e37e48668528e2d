"""Staff's pages of suppliers, one module a subject."""

from __future__ import annotations

from suppliers.admin.alerts import AlertAdmin, AlertDeliveryAdmin, AlertReceiverAdmin
from suppliers.admin.contracts import SupplierContractAdmin
from suppliers.admin.health import SupplierHealthAdmin
from suppliers.admin.offers import OfferAdmin
from suppliers.admin.pricelists import ListRunAdmin, SupplierGoodsAdmin
from suppliers.admin.proposals import ProposalAdmin
from suppliers.admin.routing import MaintenanceWindowAdmin, RoutingRuleAdmin
from suppliers.admin.suppliers import SupplierAdmin

__all__ = [
    "AlertAdmin",
    "AlertDeliveryAdmin",
    "AlertReceiverAdmin",
    "ListRunAdmin",
    "MaintenanceWindowAdmin",
    "OfferAdmin",
    "ProposalAdmin",
    "RoutingRuleAdmin",
    "SupplierAdmin",
    "SupplierContractAdmin",
    "SupplierGoodsAdmin",
    "SupplierHealthAdmin",
]
