"""Celery entry points. A task may run twice, late or never: the rows are the truth."""

from __future__ import annotations

from celery import shared_task

from payments import services


@shared_task
def send_refund(refund_id: int, attempt_count: int) -> None:
    services.send_refund(refund_id=refund_id, attempt_count=attempt_count)


@shared_task
def ask_gateway(payment_id: int) -> None:
    services.ask_gateway(payment_id=payment_id)


@shared_task
def sweep() -> None:
    services.sweep()
