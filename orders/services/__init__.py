"""What the business does with an order, in the order in which it happens.

placing → (paying) → delivering, or sourcing → sending → outcomes → completing → returning;
`replacing` delivers again what was bad, `claiming` wants its cost back from the supplier.
`deciding` is a person's word, `asking` has a supplier asked now, `working` shares workers among
suppliers, `sweeping` finds what the queue dropped.
"""

from __future__ import annotations

from orders.services.asking import ask_again, ask_soon, note_callback
from orders.services.claiming import answer_supplier_claim, claim_from_supplier, claimable
from orders.services.deciding import decide
from orders.services.measuring import measure_suppliers
from orders.services.outcomes import apply_outcome
from orders.services.paying import cancel_unpaid, mark_paid, pay_from_wallet
from orders.services.placing import Placed, place_order
from orders.services.replacing import replace_units, write_off
from orders.services.returning import (
    mark_handled,
    refund_order,
    refundable,
    total_share,
    units_kept,
)
from orders.services.sourcing import fulfil
from orders.services.sweeping import sweep
from orders.services.watching import watch_suppliers
from orders.services.working import work

__all__ = [
    "Placed",
    "answer_supplier_claim",
    "apply_outcome",
    "ask_again",
    "ask_soon",
    "cancel_unpaid",
    "claim_from_supplier",
    "claimable",
    "decide",
    "fulfil",
    "mark_handled",
    "mark_paid",
    "measure_suppliers",
    "note_callback",
    "pay_from_wallet",
    "place_order",
    "refund_order",
    "refundable",
    "replace_units",
    "sweep",
    "total_share",
    "units_kept",
    "watch_suppliers",
    "work",
    "write_off",
]
