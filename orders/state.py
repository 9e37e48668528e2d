"""The order state machine: the one place where a status changes, each change a timeline row; and
where an attempt ends.

The database knows the same moves (migration 0002) and refuses any other.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import cache

from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.utils import timezone

from database.prepared import Call, Statement, run_together
from orders.models import Fulfilment, FulfilmentStatus, Order, OrderStatus
from orders.sql import Step, insert_order

S = OrderStatus
MOVES: Mapping[OrderStatus, frozenset[OrderStatus]] = {
    S.AWAITING_PAYMENT: frozenset({S.PAID, S.CANCELLED}),
    S.PAID: frozenset({S.FULFILLING, S.COMPLETED, S.FAILED}),
    S.FULFILLING: frozenset({S.COMPLETED, S.PARTIALLY_COMPLETED, S.FAILED}),
    S.CANCELLED: frozenset({S.PAID}),  # a payment that came late, still deliverable
    S.COMPLETED: frozenset(),
    S.PARTIALLY_COMPLETED: frozenset(),
    S.FAILED: frozenset(),
}

# Columns that may change together with a status.
CHANGEABLE = frozenset(
    {
        "delivered_quantity",
        "cost",
        "refunded",
        "paid_at",
        "finished_at",
        "next_sweep_at",
        # Only while an order waits for its payment: the database refuses it later.
        "funding",
        "wallet_id",
    }
)


Change = int | str | Decimal | datetime | None


class ImpossibleMove(AssertionError):
    """A bug: the order isn't where the caller thought, or may not go there."""


def move(
    order: Order,
    to: OrderStatus,
    *,
    code: str,
    details: Mapping[str, str] | None = None,
    after: Sequence[Call] = (),
    **changes: Change,
) -> None:
    """Move an order to a status and append the timeline row, in one statement.

    A paid order that isn't stored yet, since its delivery is at once, is stored by its move, with
    both timeline rows. `after` are calls to be run before it, in the same round trip.
    The caller holds the order's row, if there is one. Raises ImpossibleMove, changing nothing.
    """
    came_from = OrderStatus(order.status)
    if to not in MOVES[came_from] or not changes.keys() <= CHANGEABLE:
        raise ImpossibleMove(f"{order.order_no}: {came_from} → {to} {sorted(changes)}")
    if order.is_stored:
        _update(order, came_from, to, code=code, details=details, after=after, changes=changes)
    _set(order, to, changes)
    if not order.is_stored:
        paid = Step(came_from, "paid", at=order.created_at)
        insert_order(order, paid, Step(to, code, details or {}), after=after)


def _set(order: Order, to: OrderStatus, changes: Mapping[str, Change]) -> None:
    order.status = to
    for column, value in changes.items():
        setattr(order, column, value)


def _update(
    order: Order,
    came_from: OrderStatus,
    to: OrderStatus,
    *,
    code: str,
    details: Mapping[str, str] | None,
    after: Sequence[Call],
    changes: Mapping[str, Change],
) -> None:
    with connection.cursor() as cursor:
        moving = _moving(tuple(changes)).with_(
            {
                **changes,
                "_to": to.value,
                "_from": came_from.value,
                "_id": order.pk,
                "_code": code,
                "_details": json.dumps(dict(details or {})),
            }
        )
        run_together(cursor, [*after, moving])
        _must_have_moved(cursor, order)


@cache
def _moving(columns: tuple[str, ...]) -> Statement:
    assignments = "".join(f", {column} = %({column})s" for column in columns)
    return Statement(
        "move_order",
        f"""
        WITH moved AS (
            UPDATE orders_order SET status = %(_to)s{assignments}
            WHERE id = %(_id)s AND status = %(_from)s RETURNING id
        )
        INSERT INTO orders_orderevent (order_id, status, code, details, at)
        SELECT id, %(_to)s, %(_code)s, %(_details)s, clock_timestamp() FROM moved
        """,
    )


def _must_have_moved(cursor: CursorWrapper, order: Order) -> None:
    if cursor.rowcount != 1:
        raise ImpossibleMove(f"{order.order_no} is no longer {order.status}")


def note(order: Order, *, code: str, details: Mapping[str, str] | None = None) -> None:
    """Append a timeline row without a change of status."""
    order.events.create(status=order.status, code=code, details=dict(details or {}))


def end_attempt(fulfilment: Fulfilment, status: FulfilmentStatus) -> None:
    """Decided for good, and stored: what follows looks at the order's attempts."""
    fulfilment.status = status
    fulfilment.finished_at = timezone.now()
    fulfilment.due_at = None
    fulfilment.needs_decision = False
    fulfilment.save()
