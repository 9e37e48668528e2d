"""The sweeper: finds what the queue dropped. The rows are the truth."""

from __future__ import annotations

from datetime import timedelta

import structlog
from django.db import transaction
from django.utils import timezone

from orders.errors import NotCancellable
from orders.models import Fulfilment, Order, OrderStatus
from orders.services.paying import cancel_unpaid
from outbound.hints import after_commit

log = structlog.get_logger(__name__)

BATCH = 200
AGAIN_AFTER = timedelta(seconds=30)


def sweep() -> int:
    """Hint at every order and fulfilment that is due; cancel what nobody paid. Returns how many.

    A row that was hinted at is due again in 30 s, so that a busy queue isn't flooded. Locks due
    rows only while it marks them, and skips rows that others hold.
    """
    return _sweep_orders() + _sweep_queries() + _cancel_overdue()


@transaction.atomic
def _sweep_orders() -> int:
    now = timezone.now()
    due = list(
        Order.objects.open()
        .filter(next_sweep_at__lte=now)
        .order_by("next_sweep_at")
        .select_for_update(skip_locked=True, no_key=True)
        .values_list("pk", flat=True)[:BATCH]
    )
    Order.objects.filter(pk__in=due).update(next_sweep_at=now + AGAIN_AFTER)
    for order_id in due:
        after_commit("orders.tasks.fulfil", order_id)
    return len(due)


@transaction.atomic
def _sweep_queries() -> int:
    now = timezone.now()
    due = list(
        Fulfilment.objects.filter(next_query_at__lte=now)
        .order_by("next_query_at")
        .select_for_update(skip_locked=True, no_key=True)
        .values_list("pk", "query_count")[:BATCH]
    )
    Fulfilment.objects.filter(pk__in=[pk for pk, _ in due]).update(next_query_at=now + AGAIN_AFTER)
    for fulfilment_id, query_count in due:
        after_commit("orders.tasks.ask_supplier", fulfilment_id, query_count)
    return len(due)


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
