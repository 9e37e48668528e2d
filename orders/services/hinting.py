"""Telling workers what there is to do: a hint only, the rows are the truth (outbound/hints.py)."""

from __future__ import annotations

from orders.models import Order
from outbound.hints import after_commit


def queue_of(supplier_code: str) -> str:
    """The name of a supplier's Celery queue."""
    return f"supplier.{supplier_code}"


def hint_work(supplier_id: int, supplier_code: str) -> None:
    """Say after commit that a supplier has work (orders/services/working.py).

    A hint doesn't expire: where all of them are late, dropping them would be all that is done.
    """
    after_commit("orders.tasks.work", supplier_id, queue=queue_of(supplier_code))


def hint_fulfil(order: Order) -> None:
    """Ask a worker to go on with this order after commit; the sweeper is behind it."""
    after_commit("orders.tasks.fulfil", order.pk)
