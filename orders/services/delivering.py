"""From a paid order to a delivery: local stock at once, everything else through the workers.

deliver_now         inside the paying transaction: local stock, if it is the first choice
start_fulfilment    in a worker: the next offer → a fulfilment row, committed before the call
send                in a worker, outside any transaction: the adapter's submit
(outcomes go through orders/services/outcomes.py)
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from structlog import contextvars

from catalog.stock import StockShort
from database.prepared import Call, run
from orders.channels import channel
from orders.locks import lock_order
from orders.models import (
    OPEN_STATUSES,
    UNDECIDED,
    Fulfilment,
    FulfilmentStatus,
    Order,
    OrderStatus,
)
from orders.services.completing import complete, fail
from orders.sql import NEXT_ORDER, delivered_fulfilment
from orders.state import move, note
from outbound.hints import after_commit
from outbound.numbers import new_number
from suppliers.adapters.base import SubmitRequest
from suppliers.health.trials import take_trial_slot
from suppliers.models import Supplier
from suppliers.registry import local_adapter
from suppliers.routing import Candidate, candidates


class StockGone(Exception):
    """Local stock was the only choice and has run out."""


def deliver_now(order: Order, offers: Sequence[Candidate], *, after: Sequence[Call] = ()) -> bool:
    """Deliver from local stock when that is the best offer; say whether the order is finished.

    A new order needn't be stored yet: it is when it is finished, once, and else by the caller.
    `after` are calls to be run before, whatever comes of it.
    When local stock runs short, the next offer is for the workers. Raises StockGone when there is
    no next one: nothing was delivered, and the caller decides what happens to the money.
    """
    best, others = offers[0], offers[1:]
    if not best.is_local:
        run(after)
        return False
    try:
        allocated = local_adapter(best.protocol).deliver(
            order_id=order.pk or NEXT_ORDER,
            sku_id=order.sku_id,
            quantity=order.quantity,
            after=after,
        )
    except StockShort:
        if not others:
            raise StockGone from None
        return False
    order.pk = allocated.order_id
    attempt = delivered_fulfilment(
        order, fulfilment_no=new_number(), offer=best, cost=allocated.cost
    )
    complete(
        order,
        quantity=allocated.quantity,
        cost=allocated.cost,
        source=best.supplier_code,
        protocol=best.protocol,
        after=[attempt],
    )
    return True


def hint_fulfil(order: Order) -> None:
    """Ask a worker to go on with this order after commit; the sweeper is behind it."""
    after_commit("orders.tasks.fulfil", order.pk)


@transaction.atomic
def start_fulfilment(*, order_id: int) -> Fulfilment | None:
    """Choose the next offer for a paid order and commit to it; return what is to be sent.

    None when there is nothing to send: the order is finished, is already with a supplier, was
    delivered from local stock, or has no offer left and was refunded. A deferred fulfilment, of
    which nothing was sent, is taken up again. Locks the order and its accounts. Safe to run twice
    or at once: the database allows one undecided fulfilment an order.
    """
    order = lock_order(order_id)
    contextvars.bind_contextvars(order_no=order.order_no)
    attempts = list(order.fulfilments.select_related("supplier"))
    if order.status not in OPEN_STATUSES:
        return None
    for attempt in attempts:
        if attempt.status in UNDECIDED:
            return _take_up_again(order, attempt) if attempt.submitted_at is None else None
    tried = {attempt.offer_id for attempt in attempts}
    offers = candidates(
        sku_id=order.sku_id,
        quantity=order.quantity,
        unit_price=order.unit_price,
        tried=tried,
        in_sandbox=channel(order.channel).is_sandbox,
    )
    while offers:
        best = offers[0]
        try:
            if best.is_local and deliver_now(order, offers):
                return None
        except StockGone:
            pass
        if not best.is_local and (
            not best.is_on_trial or take_trial_slot(supplier_id=best.supplier_id)
        ):
            break
        offers = offers[1:]
    if not offers:
        fail(order)
        return None
    return _commit_to(order, offers[0], is_first=not attempts)


def _take_up_again(order: Order, deferred: Fulfilment) -> Fulfilment:
    """Commit again to a fulfilment of which nothing was sent so far (OutcomeKind.DEFERRED)."""
    deferred.submitted_at = timezone.now()
    deferred.next_query_at = deferred.submitted_at + _answer_within(deferred.supplier)
    deferred.save(update_fields=["submitted_at", "next_query_at"])
    Order.objects.filter(pk=order.pk).update(next_sweep_at=None)
    return deferred


def _answer_within(supplier: Supplier) -> timedelta:
    """If the worker dies while sending, the sweeper asks the supplier after the time-outs."""
    return timedelta(seconds=supplier.connect_timeout_seconds + supplier.read_timeout_seconds + 5)


def _commit_to(order: Order, offer: Candidate, *, is_first: bool) -> Fulfilment:
    supplier = Supplier.objects.get(pk=offer.supplier_id)
    now = timezone.now()
    fulfilment = Fulfilment.objects.create(
        fulfilment_no=new_number(),
        order=order,
        offer_id=offer.offer_id,
        supplier=supplier,
        quantity=order.quantity,
        status=FulfilmentStatus.SUBMITTING,
        cost=offer.cost * order.quantity,
        submitted_at=now,
        next_query_at=now + _answer_within(supplier),
    )
    if order.status == OrderStatus.PAID:
        move(order, OrderStatus.FULFILLING, code="sent_to_supplier", next_sweep_at=None)
    else:
        note(order, code="sent_to_supplier" if is_first else "sent_to_next_supplier")
        Order.objects.filter(pk=order.pk).update(next_sweep_at=None)
    return fulfilment


def submit_request(fulfilment: Fulfilment) -> SubmitRequest:
    """What the adapter needs to know."""
    order = fulfilment.order
    return SubmitRequest(
        fulfilment_no=fulfilment.fulfilment_no,
        kind=order.kind,
        offer_ref=fulfilment.offer.supplier_ref,
        face_value=order.face_value,
        quantity=fulfilment.quantity,
        account=order.account,
    )
