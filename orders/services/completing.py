"""Ending an order's delivery: completed (wholly or partly) or failed, with the money that moves.

Invariant: while an order is paid or being delivered, exactly its total lies in escrow. Each
function here takes all of it out, in the transaction that ends the order, and returns what the
buyer doesn't get. The caller holds the order's locks (orders/locks.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from django.utils import timezone

from database.prepared import Call
from ledger import services as ledger
from ledger.models import EntryKind
from ledger.services import Line
from orders.books import books_of
from orders.channels import Sale, channel
from orders.models import Order, OrderStatus
from orders.money import split_total
from orders.services.returning import give_back
from orders.state import move


def complete(
    order: Order,
    *,
    quantity: int,
    cost: Decimal,
    source: str,
    protocol: str,
    after: Sequence[Call] = (),
) -> None:
    """Book the delivery of `quantity` units that cost us `cost` from supplier `source`.

    `after` are calls to be run before the books, in the same round trip.
    Revenue, cost and what the channel adds (commissions, points) are one journal entry. When fewer
    units came than were ordered, the rest of the money goes back in the same transaction.
    """
    kept, back = split_total(order.total, order.quantity, quantity)
    books = books_of(order)
    lines: list[Line] = [books.escrow(-kept), books.revenue(kept)]
    if cost:
        lines += [books.cost(-cost), books.source(source, protocol, cost)]
    earned = channel(order.channel).on_completed(order, Sale(quantity, kept, cost))
    lines += earned.lines
    booking = ledger.posting(
        reference=f"order:{order.order_no}:completed",
        kind=EntryKind.ORDER_COMPLETED,
        lines=lines,
        memo=order.order_no,
    )
    is_whole = quantity == order.quantity
    with ledger.refusals():
        move(
            order,
            OrderStatus.COMPLETED if is_whole else OrderStatus.PARTIALLY_COMPLETED,
            code="completed" if is_whole else "partially_completed",
            details={}
            if is_whole
            else {"delivered": str(quantity), "ordered": str(order.quantity)},
            after=[*after, *earned.rows, booking],
            delivered_quantity=quantity,
            cost=cost,
            finished_at=timezone.now(),
            next_sweep_at=None,
        )
    if back:
        give_back(
            order,
            amount=back,
            quantity=order.quantity - quantity,
            taken_from=[books.escrow(-back)],
            reason="not_delivered",
        )
    channel(order.channel).on_finished(order)


def fail(order: Order, *, code: str = "failed", details: dict[str, str] | None = None) -> None:
    """End an order of which nothing was delivered, and give all of the money back at once."""
    move(
        order,
        OrderStatus.FAILED,
        code=code,
        details=details,
        finished_at=timezone.now(),
        next_sweep_at=None,
    )
    give_back(
        order,
        amount=order.total,
        quantity=order.quantity,
        taken_from=[books_of(order).escrow(-order.total)],
        reason="failed",
    )
    channel(order.channel).on_finished(order)
