"""Staff's pages of orders, one module a subject."""

from __future__ import annotations

from orders.admin.attempts import FulfilmentAdmin
from orders.admin.orders import OrderAdmin
from orders.admin.supplier_claims import SupplierClaimAdmin

__all__ = ["FulfilmentAdmin", "OrderAdmin", "SupplierClaimAdmin"]
