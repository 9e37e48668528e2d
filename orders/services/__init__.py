"""What the business does with an order, in the order in which it happens.

placing → (paying) → delivering, or sourcing → sending → outcomes → completing → returning.
`deciding` is a person's word, `asking` has a supplier asked now, `working` shares workers among
suppliers, `sweeping` finds what the queue dropped.
"""

from __future__ import annotations

from orders.services.asking import ask_again, ask_soon, note_callback
from orders.services.deciding import decide
from orders.services.measuring import measure_suppliers
from orders.services.outcomes import apply_outcome
from orders.services.paying import cancel_unpaid, mark_paid, pay_from_wallet
from orders.services.placing import Placed, place_order
from orders.services.returning import mark_handled, refund_order
from orders.services.sourcing import fulfil
from orders.services.sweeping import sweep
from orders.services.watching import watch_suppliers
from orders.services.working import work

__all__ = [
    "Placed",
    "apply_outcome",
    "ask_again",
    "ask_soon",
    "cancel_unpaid",
    "decide",
    "fulfil",
    "mark_handled",
    "mark_paid",
    "measure_suppliers",
    "note_callback",
    "pay_from_wallet",
    "place_order",
    "refund_order",
    "sweep",
    "watch_suppliers",
    "work",
]
