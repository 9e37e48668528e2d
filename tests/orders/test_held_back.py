"""An order waits to be sent, and its supplier is shut meanwhile: it isn't sent there any more.

Nothing was sent, so it may go elsewhere; when nobody else takes it, it waits.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from kameng.models import Agent
from ledger.services import balance
from orders.models import Fulfilment, FulfilmentStatus, Order
from orders.services import fulfil, place_order
from orders.services.sending import do_one
from suppliers.models import (
    MaintenanceWindow,
    Offer,
    OfferStop,
    PauseCause,
    StopCause,
    Supplier,
    SupplierPause,
)
from tests import world

pytestmark = pytest.mark.django_db
NOBODY_THERE = "http://127.0.0.1:9"


@pytest.fixture
def agent() -> Agent:
    return world.make_agent(balance="100")


@pytest.fixture
def first() -> Supplier:
    return Supplier.objects.create(
        code="first", name="First", adapter="fulu", base_url=NOBODY_THERE
    )


@pytest.fixture
def second() -> Supplier:
    return Supplier.objects.create(
        code="second", name="Second", adapter="fulu", base_url=NOBODY_THERE
    )


def queued(agent: Agent, *suppliers: Supplier) -> Fulfilment:
    """An order that waits to be sent to the first of these."""
    sku = world.make_sku("topup", list_price="50")
    for priority, supplier in enumerate(suppliers, start=1):
        world.make_offer(sku, supplier, cost="45", priority=priority)
    order = place_order(
        channel="wholesale",
        buyer=agent.user,
        sku=sku,
        quantity=1,
        client_ref="one",
        account={"phone": "13800001234"},
    ).order
    fulfil(order_id=order.pk)
    attempt: Fulfilment = order.fulfilments.get()
    assert attempt.supplier == suppliers[0]
    return attempt


def pause(supplier: Supplier, **fields: object) -> SupplierPause:
    now = timezone.now()
    pause: SupplierPause = SupplierPause.objects.create(
        supplier=supplier,
        cause=PauseCause.SILENCE,
        began_at=now,
        retry_at=now + timedelta(minutes=5),
        **fields,
    )
    return pause


def shut(attempt: Fulfilment, how: str) -> None:
    now = timezone.now()
    match how:
        case "paused":
            pause(attempt.supplier)
        case "supplier_closed":
            Supplier.objects.filter(pk=attempt.supplier_id).update(is_open=False)
        case "offer_closed":
            Offer.objects.filter(pk=attempt.offer_id).update(is_open=False)
        case "stopped":
            OfferStop.objects.create(offer=attempt.offer, cause=StopCause.COST, began_at=now)
        case "maintenance":
            MaintenanceWindow.objects.create(
                supplier=attempt.supplier,
                starts_at=now - timedelta(minutes=1),
                ends_at=now + timedelta(hours=1),
                reason="weekly",
            )


def due_again(attempt: Fulfilment) -> None:
    Fulfilment.objects.filter(pk=attempt.pk).update(due_at=timezone.now())


@pytest.mark.parametrize(
    "how", ["paused", "supplier_closed", "offer_closed", "stopped", "maintenance"]
)
def test_what_waits_for_a_shut_supplier_goes_to_the_next_offer(
    agent: Agent, first: Supplier, second: Supplier, how: str
) -> None:
    attempt = queued(agent, first, second)
    shut(attempt, how)
    assert do_one(supplier_id=first.pk)

    attempt.refresh_from_db()
    assert (attempt.status, attempt.submitted_at) == (FulfilmentStatus.FAILED, None)
    said = attempt.evidence.get()
    assert (said.outcome, said.code, said.exchanges) == ("deferred", how, [])
    other = attempt.order.fulfilments.exclude(pk=attempt.pk).get()
    assert (other.supplier, other.status) == (second, FulfilmentStatus.QUEUED)
    reasons = {verdict["supplier"]: verdict["reason"] for verdict in other.routing or ()}
    assert reasons == {"second": "chosen", "first": how}
    assert world.books_are_clean()


def test_without_another_offer_it_waits_until_the_supplier_is_open_again(
    agent: Agent, first: Supplier
) -> None:
    attempt = queued(agent, first)
    shut(attempt, "paused")
    for _ in range(3):
        assert do_one(supplier_id=first.pk)
        attempt.refresh_from_db()
        assert (attempt.status, attempt.submitted_at) == (FulfilmentStatus.QUEUED, None)
        assert attempt.due_at is not None
        assert attempt.due_at > timezone.now()
        due_again(attempt)
    assert attempt.evidence.count() == 1, "said once, however often it is looked at"
    assert balance(agent.wallet_id) == Decimal(50)

    SupplierPause.objects.update(ended_at=timezone.now())
    assert do_one(supplier_id=first.pk)
    assert [said.code for said in attempt.evidence.order_by("id")] == ["paused", "unreachable"]


def test_what_waits_too_long_is_refunded(agent: Agent, first: Supplier) -> None:
    attempt = queued(agent, first)
    shut(attempt, "supplier_closed")
    Fulfilment.objects.update(created_at=timezone.now() - timedelta(minutes=11))
    assert do_one(supplier_id=first.pk)
    order = Order.objects.get()
    assert (order.status, order.refunded) == ("failed", Decimal(50))
    assert balance(agent.wallet_id) == Decimal(100)
    assert world.books_are_clean()


def test_on_trial_it_takes_one_of_the_places_and_no_more(agent: Agent, first: Supplier) -> None:
    attempt = queued(agent, first)
    trial = pause(first, trial_at=timezone.now(), trial_slots=1)
    assert do_one(supplier_id=first.pk)

    attempt.refresh_from_db()
    trial.refresh_from_db()
    assert (attempt.status, trial.trial_slots) == (FulfilmentStatus.FAILED, 0)
    tried = attempt.order.fulfilments.exclude(pk=attempt.pk).get()
    assert trial.trial_at is not None
    assert tried.created_at >= trial.trial_at, "so the trial counts it"
    assert do_one(supplier_id=first.pk)
    assert tried.evidence.get().code == "unreachable", "it has a place: it is sent"

    SupplierPause.objects.update(trial_at=None)  # the trial failed
    due_again(tried)
    assert do_one(supplier_id=first.pk)
    assert [said.code for said in tried.evidence.order_by("id")] == ["unreachable", "paused"]
