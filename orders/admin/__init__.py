"""Staff's pages of orders, one module a subject."""

from __future__ import annotations

from orders.admin.attempts import FulfilmentAdmin
from orders.admin.orders import OrderAdmin

__all__ = ["FulfilmentAdmin", "OrderAdmin"]
