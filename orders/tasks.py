"""Celery entry points. A task may run twice, late or never: the rows are the truth."""

from __future__ import annotations

from celery import shared_task

from orders import services


@shared_task
def fulfil(order_id: int) -> None:
    services.fulfil(order_id=order_id)


@shared_task
def ask_supplier(fulfilment_id: int, query_count: int) -> None:
    services.ask_supplier(fulfilment_id=fulfilment_id, query_count=query_count)


@shared_task
def sweep() -> None:
    services.sweep()


@shared_task
def measure_suppliers() -> None:
    services.measure_suppliers()


@shared_task
def watch_suppliers() -> None:
    services.watch_suppliers()
