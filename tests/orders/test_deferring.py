"""Nothing was sent: the order waits, the same number is sent later, and money stays where it is."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from kameng.models import Agent
from ledger import accounts
from ledger.services import balance
from orders.models import Fulfilment, FulfilmentStatus, Order
from orders.services import apply_outcome, place_order
from orders.services.asking import ask_soon
from suppliers.models import Supplier
from suppliers.outcomes import Outcome, OutcomeKind
from tests import world

pytestmark = pytest.mark.django_db

DEFERRED = Outcome(OutcomeKind.DEFERRED, code="rate_limit", retry_after_seconds=7)


@pytest.fixture
def agent() -> Agent:
    return world.make_agent(balance="100")


@pytest.fixture
def supplier() -> Supplier:
    return Supplier.objects.create(code="acme", name="Acme", adapter="fulu")


@pytest.fixture
def order(agent: Agent, supplier: Supplier) -> Order:
    sku = world.make_sku("topup", list_price="50")
    world.make_offer(sku, supplier, cost="45")
    return place_order(
        channel="wholesale",
        buyer=agent.user,
        sku=sku,
        quantity=1,
        client_ref="one",
        account={"phone": "13800001234"},
    ).order


def deferred(order: Order) -> Fulfilment:
    """The order's fulfilment, after a submit that sent nothing."""
    fulfilment = world.begin(order)
    assert fulfilment is not None
    apply_outcome(fulfilment_id=fulfilment.pk, outcome=DEFERRED, source="submit")
    fulfilment.refresh_from_db()
    return fulfilment


def test_what_was_not_sent_is_not_asked_about_and_is_sent_later_under_the_same_number(
    order: Order, agent: Agent
) -> None:
    before = timezone.now()
    fulfilment = deferred(order)

    order.refresh_from_db()
    assert (fulfilment.status, fulfilment.submitted_at) == (FulfilmentStatus.QUEUED, None)
    assert fulfilment.due_at is not None
    assert fulfilment.due_at >= before + timedelta(seconds=7)
    assert balance(accounts.escrow()) == Decimal(50)

    again = world.begin(order)
    assert again is not None
    assert again.fulfilment_no == fulfilment.fulfilment_no
    assert world.begin(order) is None, "it is on its way now"
    apply_outcome(fulfilment_id=again.pk, outcome=Outcome(OutcomeKind.DELIVERED), source="submit")
    order.refresh_from_db()
    assert order.status == "completed"
    assert balance(agent.wallet_id) == Decimal(50)
    assert world.books_are_clean()


def test_what_can_not_be_sent_for_long_is_a_definite_failure(
    order: Order, supplier: Supplier, agent: Agent
) -> None:
    Supplier.objects.filter(pk=supplier.pk).update(manual_after_seconds=0)
    fulfilment = deferred(order)

    order.refresh_from_db()
    assert (fulfilment.status, order.status) == (FulfilmentStatus.FAILED, "failed")
    assert balance(agent.wallet_id) == Decimal(100)
    assert world.books_are_clean()


def test_a_query_that_was_not_sent_changes_nothing_but_the_time_of_the_next(order: Order) -> None:
    fulfilment = world.begin(order)
    assert fulfilment is not None
    apply_outcome(
        fulfilment_id=fulfilment.pk, outcome=Outcome(OutcomeKind.ACCEPTED), source="query"
    )
    before = timezone.now()
    apply_outcome(fulfilment_id=fulfilment.pk, outcome=DEFERRED, source="query")

    fulfilment.refresh_from_db()
    assert fulfilment.status == FulfilmentStatus.ACCEPTED
    assert fulfilment.due_at is not None
    assert fulfilment.due_at >= before + timedelta(seconds=7)


def test_an_answer_about_what_was_not_sent_is_evidence_unless_the_supplier_has_it(
    order: Order,
) -> None:
    fulfilment = deferred(order)
    apply_outcome(
        fulfilment_id=fulfilment.pk, outcome=Outcome(OutcomeKind.NOT_FOUND), source="query"
    )
    fulfilment.refresh_from_db()
    assert (fulfilment.status, fulfilment.submitted_at) == (FulfilmentStatus.QUEUED, None)

    apply_outcome(
        fulfilment_id=fulfilment.pk, outcome=Outcome(OutcomeKind.ACCEPTED), source="query"
    )
    fulfilment.refresh_from_db()
    assert fulfilment.status == FulfilmentStatus.ACCEPTED
    assert fulfilment.due_at is not None
    assert world.begin(order) is None


def test_a_callback_that_comes_while_we_ask_is_asked_about_after_the_answer(
    order: Order, agent: Agent
) -> None:
    """The answer may be older: fail first, succeed a moment later, and both within one question."""
    fulfilment = world.begin(order)
    assert fulfilment is not None
    apply_outcome(
        fulfilment_id=fulfilment.pk, outcome=Outcome(OutcomeKind.ACCEPTED), source="submit"
    )
    asked_at = timezone.now()
    ask_soon(fulfilment=fulfilment)
    failed = Outcome(OutcomeKind.REJECTED)
    apply_outcome(fulfilment_id=fulfilment.pk, outcome=failed, source="query", asked_at=asked_at)
    fulfilment.refresh_from_db()
    assert fulfilment.status == FulfilmentStatus.FAILED
    assert fulfilment.due_at is not None
    assert fulfilment.due_at <= timezone.now()

    late = Outcome(OutcomeKind.DELIVERED)
    apply_outcome(
        fulfilment_id=fulfilment.pk, outcome=late, source="query", asked_at=timezone.now()
    )
    known = Fulfilment.objects.get()
    assert known.late_success_at is not None
    assert known.due_at is None
    assert balance(agent.wallet_id) == Decimal(100), "the buyer's money isn't touched"
    assert world.books_are_clean()


REVERSED = Outcome(OutcomeKind.UNKNOWN, code="80000", needs_person=True)


def test_an_answer_without_a_rule_goes_to_a_person_at_once_and_is_not_refunded(
    order: Order, agent: Agent
) -> None:
    fulfilment = world.begin(order)
    assert fulfilment is not None
    for _ in range(2):
        apply_outcome(fulfilment_id=fulfilment.pk, outcome=REVERSED, source="query")

    fulfilment.refresh_from_db()
    order.refresh_from_db()
    assert (fulfilment.status, fulfilment.needs_decision) == (FulfilmentStatus.UNKNOWN, True)
    assert (order.status, order.needs_attention) == ("fulfilling", True)
    assert fulfilment.evidence.filter(outcome="manual").count() == 1
    assert balance(agent.wallet_id) == Decimal(50)


def test_a_delivery_that_is_taken_back_is_shown_to_staff_and_moves_no_money(
    order: Order, agent: Agent
) -> None:
    fulfilment = world.begin(order)
    assert fulfilment is not None
    apply_outcome(
        fulfilment_id=fulfilment.pk, outcome=Outcome(OutcomeKind.DELIVERED), source="query"
    )
    apply_outcome(fulfilment_id=fulfilment.pk, outcome=REVERSED, source="query")

    order.refresh_from_db()
    assert (order.status, order.needs_attention) == ("completed", True)
    assert balance(agent.wallet_id) == Decimal(50)
    assert world.books_are_clean()
