"""Celery entry points. A task may run twice, late or never: the rows are the truth."""

from __future__ import annotations

from celery import shared_task

from orders import services


@shared_task
def fulfil(order_id: int) -> None:
    services.fulfil(order_id=order_id)


@shared_task
def work(supplier_id: int) -> None:
    services.work(supplier_id=supplier_id)


@shared_task
def sweep() -> None:
    services.sweep()


@shared_task
def measure_suppliers() -> None:
    services.measure_suppliers()


@shared_task
def watch_suppliers() -> None:
    services.watch_suppliers()
