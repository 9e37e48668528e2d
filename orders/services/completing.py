"""Ending an order's delivery: completed (wholly or partly) or failed, with the money that moves.

Invariant: while an order is paid or being delivered, exactly its total lies in escrow. `complete`
and `fail` take all of it out, in the transaction that ends the order, and return what the buyer
doesn't get. What a part of an order cost is booked when the part is delivered. The caller holds the
order's locks (orders/locks.py).
"""

from __future__ import annotations

from collections.abc import Sequence

from django.utils import timezone

from database.prepared import Call
from ledger import services as ledger
from ledger.models import EntryKind
from ledger.services import Line, NewEntry
from orders.books import Books, books_of
from orders.channels import Sale, channel
from orders.deliveries import Delivery
from orders.models import Order, OrderStatus
from orders.money import split_total
from orders.services.returning import give_back
from orders.state import move, note


def complete(
    order: Order,
    *,
    deliveries: Sequence[Delivery],
    payment: Sequence[NewEntry] = (),
    after: Sequence[Call] = (),
) -> None:
    """End an order of which something was delivered: `deliveries` now, the rest booked before.

    `payment` is what is still to be posted of its payment, first of all. `after` are calls to be
    run before the order ends. All of it is one round trip.
    Revenue, cost and what the channel adds (commissions, points) are one journal entry. When fewer
    units came than were ordered, the rest of the money goes back in the same transaction.
    """
    quantity = order.delivered_quantity + sum(one.quantity for one in deliveries)
    cost = sum((one.cost for one in deliveries), order.cost)
    kept, back = split_total(order.total, order.quantity, quantity)
    books = books_of(order)
    earned = channel(order.channel).on_completed(order, Sale(quantity, kept, cost))
    lines: list[Line] = [
        books.escrow(-kept),
        books.revenue(kept),
        *cost_lines(books, deliveries),
        *earned.lines,
    ]
    booking = NewEntry(
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
            after=[*ledger.postings([*payment, booking]), *after, *earned.rows],
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


def book_parts(order: Order, deliveries: Sequence[Delivery]) -> None:
    """Book what was delivered of an order that goes on: its cost now, its revenue at the end."""
    books = books_of(order)
    for one in deliveries:
        if one.cost:
            ledger.post(
                reference=f"fulfilment:{one.fulfilment_no}:delivered",
                kind=EntryKind.ORDER_COMPLETED,
                lines=cost_lines(books, [one]),
                memo=order.order_no,
            )
        order.delivered_quantity += one.quantity
        order.cost += one.cost
    Order.objects.filter(pk=order.pk).update(
        delivered_quantity=order.delivered_quantity, cost=order.cost
    )
    details = {"delivered": str(order.delivered_quantity), "ordered": str(order.quantity)}
    note(order, code="part_delivered", details=details)


def cost_lines(books: Books, deliveries: Sequence[Delivery]) -> list[Line]:
    """What deliveries cost us, and from whom they came."""
    lines: list[Line] = []
    for one in deliveries:
        if one.cost:
            lines += [books.cost(-one.cost), books.source(one.source, one.protocol, one.cost)]
    return lines


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
        taken_from=[
            books_of(order).escrow(-order.total),
            *channel(order.channel).on_unsold(order),
        ],
        reason="failed",
    )
    channel(order.channel).on_finished(order)
