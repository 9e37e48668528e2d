"""The sweeper: finds what the queue dropped. The rows are the truth."""

from __future__ import annotations

import time
from datetime import timedelta

import structlog
from django.db import transaction
from django.db.models import Count
from django.utils import timezone

from database.due import take_due
from orders.errors import NotCancellable
from orders.models import Fulfilment, Order, OrderStatus
from orders.services.hinting import hint_work, queue_of
from orders.services.paying import cancel_unpaid
from outbound.hints import after_commit, announce_queue, waiting

log = structlog.get_logger(__name__)

BATCH = 200
AGAIN_AFTER = timedelta(seconds=30)
HINTS_A_SUPPLIER = 8
ANNOUNCE_EVERY_SECONDS = 60.0
_announced: dict[str, float] = {}


def sweep() -> int:
    """Hint at every order and supplier with something due; cancel what nobody paid.

    Returns how many. A queue that has its hints already gets no more: workers that are behind must
    not be buried in them. Locks due orders only while it marks them, and skips rows that others
    hold.
    """
    return _sweep_orders() + _sweep_suppliers() + _cancel_overdue()


@transaction.atomic
def _sweep_orders() -> int:
    if waiting() >= BATCH:
        return 0
    open_orders = Order.objects.open().only("pk")
    due = take_due(open_orders, by="next_sweep_at", again_in=AGAIN_AFTER, most=BATCH)
    for order in due:
        after_commit("orders.tasks.fulfil", order.pk)
    return len(due)


def _sweep_suppliers() -> int:
    """Hint at the suppliers with attempts that are due; who works for one goes on by itself."""
    due = list(
        Fulfilment.objects.filter(due_at__lte=timezone.now())
        .order_by("supplier")
        .values_list("supplier", "supplier__code")
        .annotate(attempts=Count("pk"))
    )
    for supplier_id, code, attempts in due:
        queue = queue_of(code)
        _announce(queue)
        for _ in range(min(attempts, HINTS_A_SUPPLIER - waiting(queue))):
            hint_work(supplier_id, code)
    return sum(attempts for _, _, attempts in due)


def _announce(queue: str) -> None:
    """A queue may be newer than the workers: now and then, name it to them."""
    now = time.monotonic()
    if now - _announced.get(queue, -ANNOUNCE_EVERY_SECONDS) >= ANNOUNCE_EVERY_SECONDS:
        _announced[queue] = now
        announce_queue(queue)


def _cancel_overdue() -> int:
    overdue = (
        Order.objects.filter(status=OrderStatus.AWAITING_PAYMENT, next_sweep_at__lte=timezone.now())
        .order_by("next_sweep_at")
        .values_list("pk", flat=True)[:BATCH]
    )
    cancelled = 0
    for order_id in overdue:
        try:
            cancel_unpaid(order_id=order_id)
        except NotCancellable:  # paid in this very moment
            continue
        except Exception:  # one broken order must not hold up the others
            log.exception("cancel_failed", order_id=order_id)
            continue
        cancelled += 1
    return cancelled
