"""What a supplier said about a fulfilment: the only door for submit answers, queries, callbacks
and staff decisions alike.

Rules (domain.md, Orders): unknown is never refunded nor sent elsewhere; "not found" is definite
only after the supplier's settling time; a success after a failure is booked as a loss against the
supplier and the buyer's money isn't touched; what was deferred (nothing was sent) is sent later
under the same number, and is a definite failure when that takes longer than a person would wait.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import structlog
from django.db import transaction
from django.utils import timezone

from catalog.receiving import DuplicateCard, receive_cards
from ledger import services as ledger
from ledger.models import EntryKind
from orders.books import books_of
from orders.channels import channel
from orders.locks import lock_fulfilment
from orders.models import (
    OPEN_STATUSES,
    UNDECIDED,
    Fulfilment,
    FulfilmentEvent,
    FulfilmentStatus,
    Order,
)
from orders.money import TEN_THOUSANDTH
from orders.services.completing import complete, fail
from orders.services.delivering import hint_fulfil
from orders.state import note
from suppliers.outcomes import Outcome, OutcomeKind
from suppliers.routing import candidates

log = structlog.get_logger(__name__)

# Seconds to the next query after the n-th one; the last repeats.
QUERY_AFTER_SECONDS = (2, 3, 5, 8, 15, 30, 60, 120, 300)


@transaction.atomic
def apply_outcome(*, fulfilment_id: int, outcome: Outcome, source: str) -> None:
    """Take one answer about one fulfilment; move the order and the money as it says.

    `source` is submit, query, callback or staff. Locks the order's accounts, the order, the
    fulfilment. Safe to repeat and in any order: a decided fulfilment is not decided again.
    """
    order, fulfilment = lock_fulfilment(fulfilment_id)
    structlog.contextvars.bind_contextvars(order_no=order.order_no)
    FulfilmentEvent.objects.create(
        fulfilment=fulfilment,
        source=source,
        outcome=outcome.kind.value,
        code=outcome.code[:64],
        message=outcome.message[:300],
    )
    if outcome.supplier_order_no and not fulfilment.supplier_order_no:
        fulfilment.supplier_order_no = outcome.supplier_order_no[:64]
    if outcome.message:
        fulfilment.message = outcome.message[:300]
    if fulfilment.status not in UNDECIDED:
        _after_the_end(order, fulfilment, outcome)
    elif outcome.kind == OutcomeKind.DELIVERED:
        _delivered(order, fulfilment, outcome)
    elif outcome.kind == OutcomeKind.REJECTED or _is_definitely_not_found(fulfilment, outcome):
        _rejected(order, fulfilment)
    elif outcome.kind == OutcomeKind.DEFERRED and source == "submit":
        _deferred(order, fulfilment, outcome)
    elif fulfilment.submitted_at is not None or outcome.kind == OutcomeKind.ACCEPTED:
        _undecided(order, fulfilment, outcome)
    fulfilment.save()
    log.info(
        "outcome",
        fulfilment_no=fulfilment.fulfilment_no,
        source=source,
        outcome=outcome.kind.value,
        status=fulfilment.status,
    )


def _is_definitely_not_found(fulfilment: Fulfilment, outcome: Outcome) -> bool:
    """Only after the settling time, and never for what the supplier once accepted."""
    if outcome.kind != OutcomeKind.NOT_FOUND or fulfilment.status == FulfilmentStatus.ACCEPTED:
        return False
    if fulfilment.submitted_at is None:  # deferred: nothing was sent that could be found
        return False
    settled_at = fulfilment.submitted_at + timedelta(seconds=fulfilment.supplier.settling_seconds)
    return timezone.now() >= settled_at


def _delivered(order: Order, fulfilment: Fulfilment, outcome: Outcome) -> None:
    quantity = fulfilment.quantity
    if order.kind == "card":
        quantity = min(len(outcome.cards), fulfilment.quantity)
        if quantity == 0:
            _leave_to_a_person(order, fulfilment, "delivered_without_cards")
            return
    fulfilment.cost = _believable_cost(order, fulfilment, outcome, quantity)
    if order.kind == "card":
        try:
            receive_cards(
                order_id=order.pk,
                sku_id=order.sku_id,
                supplier_code=fulfilment.supplier.code,
                total_cost=fulfilment.cost,
                cards=[(c.number, c.secret, c.expires_on) for c in outcome.cards[:quantity]],
            )
        except DuplicateCard:
            _leave_to_a_person(order, fulfilment, "duplicate_card")
            return
    _decide(fulfilment, FulfilmentStatus.SUCCEEDED)
    complete(
        order,
        quantity=quantity,
        cost=fulfilment.cost,
        source=fulfilment.supplier.code,
        protocol=fulfilment.supplier.adapter,
    )


def _believable_cost(
    order: Order, fulfilment: Fulfilment, outcome: Outcome, quantity: int
) -> Decimal:
    """What `quantity` units cost us: the supplier's word, unless it can't be true.

    A cost below zero or above twice the offer's is a broken or forged answer: the offer's cost is
    booked, and staff see the order.
    """
    offered = (fulfilment.cost * quantity / fulfilment.quantity).quantize(TEN_THOUSANDTH)
    if outcome.cost is None:
        return offered
    told = outcome.cost.quantize(TEN_THOUSANDTH)
    if 0 <= told <= 2 * offered:
        return told
    Order.objects.filter(pk=order.pk).update(needs_attention=True)
    log.error("cost_not_believed", fulfilment_no=fulfilment.fulfilment_no, told=str(told))
    return offered


def _rejected(order: Order, fulfilment: Fulfilment) -> None:
    """A definite failure: on to the next offer, or, when none is left, all money back at once."""
    _decide(fulfilment, FulfilmentStatus.FAILED)
    tried = set(order.fulfilments.values_list("offer_id", flat=True))
    if candidates(
        sku_id=order.sku_id,
        quantity=order.quantity,
        unit_price=order.unit_price,
        tried=tried,
        in_sandbox=channel(order.channel).is_sandbox,
    ):
        Order.objects.filter(pk=order.pk).update(next_sweep_at=timezone.now())
        hint_fulfil(order)
    else:
        fail(order)


def _deferred(order: Order, fulfilment: Fulfilment, outcome: Outcome) -> None:
    """Nothing was sent: forget the attempt to send, and have `fulfil` try again under this number.

    `submitted_at` is None says so; `start_fulfilment` takes such a one up again. The supplier isn't
    asked about what it never got. If it can't be sent for as long as a person would be waited for,
    it is a definite failure: the next offer, or the money back.
    """
    if fulfilment.status == FulfilmentStatus.ACCEPTED:  # the supplier itself said that it has it
        return
    now = timezone.now()
    patience = timedelta(seconds=fulfilment.supplier.manual_after_seconds)
    if now - fulfilment.created_at >= patience:
        _rejected(order, fulfilment)
        return
    fulfilment.status = FulfilmentStatus.SUBMITTING
    fulfilment.submitted_at = None
    fulfilment.next_query_at = None
    wait = timedelta(seconds=max(outcome.retry_after_seconds, 0))
    Order.objects.filter(pk=order.pk).update(next_sweep_at=now + wait)


def _undecided(order: Order, fulfilment: Fulfilment, outcome: Outcome) -> None:
    now = timezone.now()
    fulfilment.submitted_at = fulfilment.submitted_at or now
    if outcome.kind == OutcomeKind.ACCEPTED:
        fulfilment.status = FulfilmentStatus.ACCEPTED
    elif fulfilment.status != FulfilmentStatus.ACCEPTED:
        fulfilment.status = FulfilmentStatus.UNKNOWN
    wait: float = QUERY_AFTER_SECONDS[min(fulfilment.query_count, len(QUERY_AFTER_SECONDS) - 1)]
    if outcome.kind == OutcomeKind.DEFERRED:  # a query that wasn't sent
        wait = max(wait, outcome.retry_after_seconds)
    fulfilment.next_query_at = now + timedelta(seconds=wait)
    limit = timedelta(seconds=fulfilment.supplier.manual_after_seconds)
    if now - fulfilment.submitted_at >= limit and not fulfilment.needs_decision:
        _ask_a_person(order, fulfilment, "undecided_too_long")


def _ask_a_person(order: Order, fulfilment: Fulfilment, why: str) -> None:
    """Leave the fulfilment open, for staff to decide with the evidence; the money stays put."""
    fulfilment.status = FulfilmentStatus.UNKNOWN
    fulfilment.needs_decision = True
    Order.objects.filter(pk=order.pk).update(needs_attention=True)
    FulfilmentEvent.objects.create(
        fulfilment=fulfilment, source="system", outcome="manual", code=why
    )
    log.warning("needs_decision", why=why, fulfilment_no=fulfilment.fulfilment_no)


def _leave_to_a_person(order: Order, fulfilment: Fulfilment, why: str) -> None:
    """As `_ask_a_person`, and stop asking the supplier: its answer is known and is no use."""
    _ask_a_person(order, fulfilment, why)
    fulfilment.next_query_at = None


def _after_the_end(order: Order, fulfilment: Fulfilment, outcome: Outcome) -> None:
    """An answer about a decided fulfilment: a repeat, or a contradiction that staff must see."""
    if fulfilment.status == FulfilmentStatus.FAILED and outcome.kind == OutcomeKind.DELIVERED:
        if fulfilment.late_success_at is None:
            _book_late_success(order, fulfilment, outcome)
    elif fulfilment.status == FulfilmentStatus.SUCCEEDED and outcome.kind == OutcomeKind.REJECTED:
        Order.objects.filter(pk=order.pk).update(needs_attention=True)
        log.error("supplier_contradicts_itself", fulfilment_no=fulfilment.fulfilment_no)


def _book_late_success(order: Order, fulfilment: Fulfilment, outcome: Outcome) -> None:
    """The supplier delivered after it had failed: its charge is our loss, not the buyer's."""
    fulfilment.late_success_at = timezone.now()
    loss = _believable_cost(order, fulfilment, outcome, fulfilment.quantity)
    if loss:
        code, books = fulfilment.supplier.code, books_of(order)
        ledger.post(
            reference=f"fulfilment:{fulfilment.fulfilment_no}:late-success",
            kind=EntryKind.SUPPLIER_LOSS,
            lines=[
                books.supplier_loss(code, -loss),
                books.source(code, fulfilment.supplier.adapter, loss),
            ],
            memo=order.order_no,
        )
    Order.objects.filter(pk=order.pk).update(needs_attention=True)
    if order.status not in OPEN_STATUSES:
        note(order, code="late_success")
    log.error("late_success", fulfilment_no=fulfilment.fulfilment_no, loss=str(loss))


def _decide(fulfilment: Fulfilment, status: FulfilmentStatus) -> None:
    fulfilment.status = status
    fulfilment.finished_at = timezone.now()
    fulfilment.next_query_at = None
    fulfilment.needs_decision = False
