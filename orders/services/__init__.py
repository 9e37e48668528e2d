"""What the business does with an order, in the order in which it happens.

placing → (paying) → delivering → fulfilling → outcomes → completing → returning; `sweeping` finds
what the queue dropped, `asking` queries suppliers.
"""

from __future__ import annotations

from orders.services.asking import ask_supplier
from orders.services.fulfilling import fulfil
from orders.services.measuring import measure_suppliers
from orders.services.outcomes import apply_outcome
from orders.services.paying import cancel_unpaid, mark_paid
from orders.services.placing import Placed, place_order
from orders.services.returning import mark_handled, refund_order
from orders.services.sweeping import sweep
from orders.services.watching import watch_suppliers

__all__ = [
    "Placed",
    "apply_outcome",
    "ask_supplier",
    "cancel_unpaid",
    "fulfil",
    "mark_handled",
    "mark_paid",
    "measure_suppliers",
    "place_order",
    "refund_order",
    "sweep",
    "watch_suppliers",
]
