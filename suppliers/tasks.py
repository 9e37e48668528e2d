"""Celery entry points. A task may run twice, late or never: the rows are the truth."""

from __future__ import annotations

from celery import shared_task

from suppliers.alerts import sending
from suppliers.health import balances


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
    balances.read_balance(supplier_id=supplier_id)


@shared_task
def forget_old_readings() -> None:
    balances.forget_old_readings()
