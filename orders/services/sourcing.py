"""Finding offers for what of an order nobody has, and ending it when nobody is left.

`go_on` is called whenever something about an order's attempts was decided: it books what came,
gives units without an attempt to the next offers, and ends the order when nothing is open any more.
Nothing here talks to a supplier: attempts are queued, committed, and sent by workers (sending.py).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from structlog import contextvars

from catalog.stock import StockShort
from orders.deliveries import Delivery
from orders.locks import lock_order
from orders.models import (
    OPEN_STATUSES,
    UNDECIDED,
    Fulfilment,
    FulfilmentStatus,
    Order,
    OrderStatus,
)
from orders.services.completing import book_parts, complete, fail
from orders.services.delivering import Demand, take_from_stock
from orders.services.hinting import hint_work
from orders.state import move, note
from orders.units import Range, unheld
from outbound.numbers import new_number
from suppliers.health.trials import take_trial_slot
from suppliers.routing import Decision, Part

# What was never sent to a supplier may be tried with it again after a while.
UNSENT_RESTS = timedelta(seconds=60)


@transaction.atomic
def fulfil(*, order_id: int) -> None:
    """Take an order one step further. Safe to run twice, late, or at once in two workers.

    Locks the order and its accounts, then card lanes. The attempts that it decides on are committed
    before anything is sent, so that a crash in between is a question for the supplier and never a
    second send.
    """
    order = lock_order(order_id)
    contextvars.bind_contextvars(order_no=order.order_no)
    if order.status in OPEN_STATUSES:
        go_on(order)


class NobodyTakesOver(Exception):
    """No offer takes units that were to change hands."""


def go_on(
    order: Order,
    *,
    came: Sequence[Delivery] = (),
    gives_up: bool = True,
    again: int | None = None,
) -> None:
    """Book what `came`, source what nobody holds, end the order if nothing is open any more.

    The caller holds the order's locks and has stored the attempts that `came` is from. Unless it
    `gives_up` units that no offer takes, raises NobodyTakesOver for the caller to roll back.
    `again` is an offer that may be taken once more, although nothing could be sent to it just now.
    """
    attempts = list(order.fulfilments.all())
    held = [(one.first_unit, one.end_unit) for one in attempts if one.status != _FAILED]
    deliveries = list(came)
    sent_on = False
    for gap in unheld(order.quantity, held):
        decision, taken = source(order, gap, attempts, again=again)
        if not (decision.parts or gives_up):
            raise NobodyTakesOver
        deliveries += taken
        sent_on |= any(not part.offer.is_local for part in decision.parts)
    if sent_on or any(one.status in UNDECIDED for one in attempts):
        if sent_on:
            _tell_sent(order, is_first=not attempts)
        if deliveries:
            book_parts(order, deliveries)
    elif deliveries or order.delivered_quantity:
        complete(order, deliveries=deliveries)
    else:
        fail(order)


_FAILED = FulfilmentStatus.FAILED


class _NoLonger(Exception):
    """What was decided can't be had any more: somebody else was quicker."""

    def __init__(self, offer_id: int) -> None:
        self.offer_id = offer_id


def source(
    order: Order, gap: Range, attempts: Sequence[Fulfilment], *, again: int | None
) -> tuple[Decision, list[Delivery]]:
    """Decide who delivers the units of `gap`, and commit to it; all of them or none.

    The caller holds the order's locks and books what came of local stock.

    Stock may be sold, and a place on trial taken, between the decision and this: then it is decided
    anew, and an offer that slipped away twice is left out.
    """
    demand, tried = Demand.of_order(order), _tried(attempts, again=again)
    slipped: Counter[int] = Counter()
    while True:
        left_out = {offer_id for offer_id, times in slipped.items() if times > 1}
        decision = demand.route(gap[1] - gap[0], tried=tried | left_out, with_stock=True)
        try:
            with transaction.atomic():
                return decision, _commit_to(order, gap, decision, is_slow=demand.is_slow)
        except _NoLonger as gone:
            slipped[gone.offer_id] += 1


def _commit_to(order: Order, gap: Range, decision: Decision, *, is_slow: bool) -> list[Delivery]:
    if not decision.parts:
        Order.objects.filter(pk=order.pk).update(unrouted=decision.as_data())
        return []
    taken: list[Delivery] = []
    unit = gap[0]
    for part in decision.parts:
        attempt = _attempt(order, unit, part, decision, is_slow=is_slow)
        if part.offer.is_on_trial and not take_trial_slot(supplier_id=part.offer.supplier_id):
            raise _NoLonger(part.offer.offer_id)
        if part.offer.is_local:
            try:
                delivery = take_from_stock(order, part)
            except StockShort:
                raise _NoLonger(part.offer.offer_id) from None
            attempt.fulfilment_no = delivery.fulfilment_no
            attempt.cost = delivery.cost
            attempt.delivered_quantity = delivery.quantity
            attempt.status = FulfilmentStatus.SUCCEEDED
            attempt.submitted_at = attempt.finished_at = timezone.now()
            attempt.due_at = None
            taken.append(delivery)
        attempt.save(force_insert=True)
        if not part.offer.is_local:
            hint_work(part.offer.supplier_id, part.offer.supplier_code)
        unit += part.quantity
    return taken


def _attempt(
    order: Order, unit: int, part: Part, decision: Decision, *, is_slow: bool
) -> Fulfilment:
    return Fulfilment(
        fulfilment_no=new_number(),
        order=order,
        offer_id=part.offer.offer_id,
        supplier_id=part.offer.supplier_id,
        first_unit=unit,
        quantity=part.quantity,
        status=FulfilmentStatus.QUEUED,
        cost=part.offer.cost * part.quantity,
        routing=decision.as_data(),
        is_slow=is_slow,
        due_at=timezone.now(),
    )


def _tell_sent(order: Order, *, is_first: bool) -> None:
    if order.status == OrderStatus.PAID:
        move(order, OrderStatus.FULFILLING, code="sent_to_supplier", next_sweep_at=None)
    else:
        note(order, code="sent_to_supplier" if is_first else "sent_to_next_supplier")
        Order.objects.filter(pk=order.pk).update(next_sweep_at=None)


def _tried(attempts: Sequence[Fulfilment], *, again: int | None) -> frozenset[int]:
    """Offers that failed this order: for good, or just now without anything having been sent."""
    rested_since = timezone.now() - UNSENT_RESTS
    failed = [one for one in attempts if one.status == _FAILED]
    for_good = {one.offer_id for one in failed if one.submitted_at is not None}
    just_now = {
        one.offer_id for one in failed if one.finished_at is None or one.finished_at > rested_since
    }
    return frozenset(for_good | (just_now - {again}))
