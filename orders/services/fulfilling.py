"""What a worker does for one order: commit to an offer, send, apply the answer."""

from __future__ import annotations

from orders.services.delivering import start_fulfilment, submit_request
from orders.services.outcomes import apply_outcome
from suppliers.registry import adapter_of


def fulfil(*, order_id: int) -> None:
    """Take an order one step further. Safe to run twice, late, or at once in two workers.

    The fulfilment row is committed before anything is sent, so that a crash in between is a
    question for the supplier and never a second send.
    """
    fulfilment = start_fulfilment(order_id=order_id)
    if fulfilment is None:
        return
    outcome = adapter_of(fulfilment.supplier).submit(submit_request(fulfilment))
    apply_outcome(fulfilment_id=fulfilment.pk, outcome=outcome, source="submit")
