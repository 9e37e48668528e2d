"""Which queues a worker reads: the default one, and one for each supplier.

A worker that reads the default queue is one for everything: it reads every supplier's queue too,
those that exist when it starts and those that are named to it later (`read_queue`). A worker that
was started with `-Q supplier.acme` reads what it was told and nothing else.
"""

from __future__ import annotations

from typing import Any

import structlog
from celery.signals import celeryd_after_setup, worker_ready
from celery.worker.control import control_command
from django.db import Error as DatabaseError
from django.db import connection

log = structlog.get_logger(__name__)

SWEEPS = "sweeps"  # in the beat schedule, too (config/settings.py)


@celeryd_after_setup.connect
def read_supplier_queues(sender: str, instance: Any, **_: object) -> None:
    """Have a worker for everything read the suppliers' queues, too.

    And the sweeper's: it mustn't stand behind the work that it finds.
    """
    if not _reads_everything(instance.app):
        return
    for queue in (SWEEPS, *_supplier_queues()):
        instance.app.amqp.queues.select_add(queue)


@worker_ready.connect
def share_slots(sender: Any, **_: object) -> None:
    """Tell how many slots this worker has (outbound/slots.py)."""
    from outbound.slots import slots

    slots.resize(sender.controller.concurrency)


def _supplier_queues() -> list[str]:
    from orders.services.hinting import queue_of
    from suppliers.models import STOCK_ADAPTER, Supplier

    try:
        codes = list(Supplier.objects.exclude(adapter=STOCK_ADAPTER).values_list("code", flat=True))
    except DatabaseError as error:  # the sweeper names the queues again once it is back
        log.warning("supplier_queues_not_read", error=type(error).__name__)
        return []
    finally:
        connection.close()
    return [queue_of(code) for code in codes]


def _reads_everything(app: Any) -> bool:
    return app.conf.task_default_queue in app.amqp.queues.consume_from


@control_command(args=[("queue", str)], signature="<queue>")
def read_queue(state: Any, queue: str) -> dict[str, str]:
    """Have a worker for everything read one more queue; safe to repeat."""
    consumer = state.consumer
    if _reads_everything(consumer.app) and not consumer.task_consumer.consuming_from(queue):
        consumer.call_soon(consumer.add_task_queue, queue)
        return {"ok": f"reads {queue}"}
    return {"ok": "nothing to do"}
