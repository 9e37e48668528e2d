"""What a supplier said about a fulfilment: the only door for submit answers, queries, callbacks
and staff decisions alike.

Rules (domain.md, Orders): unknown is never refunded nor sent elsewhere; "not found" is definite
only after the supplier's settling time; a success after a failure is booked as a loss against the
supplier and the buyer's money isn't touched; what was deferred (nothing was sent) is sent later
under the same number, or by somebody else, and is a definite failure when that takes too long.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import structlog
from django.db import transaction
from django.utils import timezone

from catalog.receiving import DuplicateCard, receive_cards
from ledger import services as ledger
from ledger.models import EntryKind
from orders.books import books_of
from orders.deliveries import Delivery
from orders.locks import lock_fulfilment
from orders.models import (
    UNDECIDED,
    Fulfilment,
    FulfilmentEvent,
    FulfilmentStatus,
    Order,
    OrderStatus,
)
from orders.money import TEN_THOUSANDTH
from orders.services.deferring import defer, is_said_again
from orders.services.patience import (
    ASKED_AFTER_THE_END,
    decision_due_at,
    next_query_in,
    settled_at,
)
from orders.services.replacing import go_on_after
from orders.state import end_attempt, note
from suppliers.outcomes import Outcome, OutcomeKind

log = structlog.get_logger(__name__)


@transaction.atomic
def apply_outcome(
    *,
    fulfilment_id: int,
    outcome: Outcome,
    source: str,
    asked_at: datetime | None = None,
    exchanges: Sequence[dict[str, Any]] = (),
) -> None:
    """Take one answer about one fulfilment; move the order and the money as it says.

    `source` is submit, query, callback, statement or staff; `asked_at` when the question was put
    (now, if it wasn't one); `exchanges` what was said on the wire, redacted, kept as evidence.
    Locks the order's accounts, the order, the fulfilment, then card lanes. Safe to repeat and in
    any order: a decided fulfilment is not decided again.
    """
    order, fulfilment = lock_fulfilment(fulfilment_id)
    structlog.contextvars.bind_contextvars(order_no=order.order_no)
    is_wanted_again = _was_asked_for_meanwhile(fulfilment, asked_at)
    if not is_said_again(fulfilment, outcome):
        FulfilmentEvent.objects.create(
            fulfilment=fulfilment,
            source=source,
            outcome=outcome.kind.value,
            code=outcome.code[:64],
            message=outcome.message[:300],
            exchanges=list(exchanges),
        )
    if outcome.supplier_order_no and not fulfilment.supplier_order_no:
        fulfilment.supplier_order_no = outcome.supplier_order_no[:64]
    if outcome.message:
        fulfilment.message = outcome.message[:300]
    if source == "submit" and fulfilment.submitted_at is not None:
        fulfilment.submit_ended_at = fulfilment.submit_ended_at or timezone.now()
    if fulfilment.status not in UNDECIDED:
        _after_the_end(order, fulfilment, outcome, source)
    elif outcome.kind == OutcomeKind.DELIVERED:
        _delivered(order, fulfilment, outcome)
    elif outcome.kind == OutcomeKind.REJECTED or _is_definitely_not_found(
        fulfilment, outcome, asked_at or timezone.now()
    ):
        _rejected(order, fulfilment)
    elif outcome.kind == OutcomeKind.DEFERRED and source == "submit":
        defer(order, fulfilment, outcome)
    elif fulfilment.submitted_at is not None or outcome.kind == OutcomeKind.ACCEPTED:
        _undecided(order, fulfilment, outcome)
    if is_wanted_again and fulfilment.submitted_at is not None:
        fulfilment.due_at = timezone.now()
    fulfilment.save()
    log.info(
        "outcome",
        fulfilment_no=fulfilment.fulfilment_no,
        source=source,
        outcome=outcome.kind.value,
        status=fulfilment.status,
    )


def _was_asked_for_meanwhile(fulfilment: Fulfilment, asked_at: datetime | None) -> bool:
    """Whether somebody wanted the supplier asked after this question was put to it.

    A callback, most often: this answer may be older than what the supplier called about, and what
    it decides must not be the end of asking. A late success would be lost.
    """
    due_at = fulfilment.due_at
    return asked_at is not None and due_at is not None and asked_at < due_at <= timezone.now()


def _is_definitely_not_found(fulfilment: Fulfilment, outcome: Outcome, asked_at: datetime) -> bool:
    """Only when asked after the settling time, and never for what the supplier once accepted."""
    if outcome.kind != OutcomeKind.NOT_FOUND or fulfilment.status == FulfilmentStatus.ACCEPTED:
        return False
    settled = settled_at(fulfilment)
    return settled is not None and asked_at >= settled


def _delivered(order: Order, fulfilment: Fulfilment, outcome: Outcome) -> None:
    quantity = fulfilment.quantity
    if order.kind == "card":
        quantity = min(len(outcome.cards), fulfilment.quantity)
        if quantity == 0:
            _leave_to_a_person(order, fulfilment, "delivered_without_cards")
            return
    cost = _believable_cost(order, fulfilment, outcome, quantity)
    if order.kind == "card":
        try:
            receive_cards(
                order_id=order.pk,
                sku_id=order.sku_id,
                supplier_code=fulfilment.supplier.code,
                total_cost=cost,
                cards=[(c.number, c.secret, c.expires_on) for c in outcome.cards[:quantity]],
            )
        except DuplicateCard:
            _leave_to_a_person(order, fulfilment, "duplicate_card")
            return
    if len(outcome.cards) > fulfilment.quantity:
        _show_to_staff(order, fulfilment, "more_cards_than_ordered")
    fulfilment.cost = cost
    fulfilment.delivered_quantity = quantity
    end_attempt(fulfilment, FulfilmentStatus.SUCCEEDED)
    go_on_after(
        order,
        fulfilment,
        came=[
            Delivery(
                fulfilment_no=fulfilment.fulfilment_no,
                quantity=quantity,
                cost=cost,
                source=fulfilment.supplier.code,
                protocol=fulfilment.supplier.adapter,
            )
        ],
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
    _show_to_staff(order, fulfilment, "cost_not_believed")
    return offered


def _rejected(order: Order, fulfilment: Fulfilment) -> None:
    """A definite failure: on to the next offer, or, when none is left, the money back at once."""
    end_attempt(fulfilment, FulfilmentStatus.FAILED)
    go_on_after(order, fulfilment)


def _undecided(order: Order, fulfilment: Fulfilment, outcome: Outcome) -> None:
    now = timezone.now()
    fulfilment.submitted_at = fulfilment.submitted_at or now
    if outcome.kind == OutcomeKind.ACCEPTED:
        fulfilment.status = FulfilmentStatus.ACCEPTED
    elif fulfilment.status != FulfilmentStatus.ACCEPTED:
        fulfilment.status = FulfilmentStatus.UNKNOWN
    fulfilment.due_at = now + _pause(fulfilment, outcome)
    limit = decision_due_at(fulfilment)
    if fulfilment.needs_decision:
        return
    if outcome.needs_person:
        _ask_a_person(order, fulfilment, "no_rule_for_this_answer")
    elif limit is not None and now >= limit:
        _ask_a_person(order, fulfilment, "undecided_too_long")


def _pause(fulfilment: Fulfilment, outcome: Outcome) -> timedelta:
    pause = next_query_in(fulfilment)
    if outcome.kind == OutcomeKind.DEFERRED:  # a query that wasn't sent
        pause = max(pause, timedelta(seconds=outcome.retry_after_seconds))
    return pause


def _ask_a_person(order: Order, fulfilment: Fulfilment, why: str) -> None:
    """Leave the fulfilment open, for staff to decide with the evidence; the money stays put."""
    if fulfilment.status != FulfilmentStatus.ACCEPTED:
        fulfilment.status = FulfilmentStatus.UNKNOWN
    fulfilment.needs_decision = True
    _show_to_staff(order, fulfilment, why)
    log.warning("needs_decision", why=why, fulfilment_no=fulfilment.fulfilment_no)


def _leave_to_a_person(order: Order, fulfilment: Fulfilment, why: str) -> None:
    """As `_ask_a_person`, and stop asking the supplier: its answer is known and is no use."""
    _ask_a_person(order, fulfilment, why)
    fulfilment.due_at = None


def _show_to_staff(order: Order, fulfilment: Fulfilment, why: str) -> None:
    """Put the order on the list of those that need a person, and say why among the evidence."""
    Order.objects.filter(pk=order.pk).update(needs_attention=True)
    FulfilmentEvent.objects.create(
        fulfilment=fulfilment, source="system", outcome="manual", code=why
    )


def _after_the_end(order: Order, fulfilment: Fulfilment, outcome: Outcome, source: str) -> None:
    """An answer about a decided fulfilment: a repeat, or a contradiction that staff must see."""
    if source == "query":
        now = timezone.now()
        told_nothing = outcome.kind in (OutcomeKind.UNKNOWN, OutcomeKind.DEFERRED)
        is_recent = fulfilment.finished_at and now < fulfilment.finished_at + ASKED_AFTER_THE_END
        fulfilment.due_at = (
            now + _pause(fulfilment, outcome) if told_nothing and is_recent else None
        )
    if fulfilment.status == FulfilmentStatus.FAILED and outcome.kind == OutcomeKind.DELIVERED:
        if fulfilment.late_success_at is None:
            _book_late_success(order, fulfilment, outcome)
    elif fulfilment.status == FulfilmentStatus.SUCCEEDED and (
        outcome.kind == OutcomeKind.REJECTED or outcome.needs_person
    ):
        _show_to_staff(order, fulfilment, "contradicts_itself")
        log.error("supplier_contradicts_itself", fulfilment_no=fulfilment.fulfilment_no)


def _book_late_success(order: Order, fulfilment: Fulfilment, outcome: Outcome) -> None:
    """The supplier delivered after it had failed: its charge is our loss, not the buyer's."""
    fulfilment.late_success_at = timezone.now()
    fulfilment.cost = loss = _believable_cost(order, fulfilment, outcome, fulfilment.quantity)
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
    _show_to_staff(order, fulfilment, "late_success")
    if order.status in (OrderStatus.FAILED, OrderStatus.PARTIALLY_COMPLETED):
        note(order, code="late_success")
    log.error("late_success", fulfilment_no=fulfilment.fulfilment_no, loss=str(loss))
