"""Celery entry points. A task may run twice, late or never: the rows are the truth.

What calls a supplier takes one of the slots that the supplier may hold: one that doesn't answer
never gets all of a worker (outbound/slots.py).
"""

from __future__ import annotations

from celery import shared_task

from outbound.slots import slots
from suppliers.alerts import sending
from suppliers.health import balances
from suppliers.pricelists import fetching, guarding


@shared_task
def send_alert(delivery_id: int, attempt: int) -> None:
    sending.send_alert(delivery_id=delivery_id, attempt=attempt)


@shared_task
def sweep_alerts() -> None:
    sending.sweep_alerts()


@shared_task
def ask_for_balances() -> None:
    balances.ask_for_balances()


@shared_task
def read_balance(supplier_id: int) -> None:
    with slots.taken(supplier_id) as is_ours:  # else it is asked when it is due again
        if is_ours:
            balances.read_balance(supplier_id=supplier_id)


@shared_task
def forget_old_readings() -> None:
    balances.forget_old_readings()


@shared_task
def fetch_due_lists() -> None:
    fetching.fetch_due_lists()


@shared_task
def fetch_list(run_id: int, supplier_id: int) -> None:
    with slots.taken(supplier_id) as is_ours:  # else it is hinted at again
        if is_ours:
            fetching.fetch_list(run_id=run_id)


@shared_task
def guard_offers() -> None:
    guarding.guard_all()
