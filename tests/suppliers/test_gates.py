"""A paused supplier and a stopped offer get no orders; a supplier on trial gets exactly a few."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from kalegou.availability import Availability, choices
from kameng.queries.goods import open_skus
from orders.models import Fulfilment, Order
from orders.services import apply_outcome, fulfil, place_order
from suppliers.candidates import route
from suppliers.models import Offer, OfferStop, StopCause, Supplier, SupplierPause
from suppliers.outcomes import Outcome, OutcomeKind
from tests import world
from tests.threads import in_threads

pytestmark = pytest.mark.django_db


@pytest.fixture
def offer() -> Offer:
    supplier = Supplier.objects.create(code="first", name="一号", adapter="fulu")
    return world.make_offer(world.make_sku("topup", list_price="10"), supplier, cost="5")


def pause(supplier: Supplier, *, slots: int = 0) -> SupplierPause:
    now = timezone.now()
    return SupplierPause.objects.create(
        supplier=supplier,
        cause="failures",
        began_at=now,
        retry_at=now,
        trial_at=now if slots else None,
        trial_slots=slots,
    )


def routed(offer: Offer) -> list[int]:
    decision = route(
        sku_id=offer.sku_id, quantity=1, unit_price=Decimal(10), account={}, in_sandbox=False
    )
    return [part.offer.offer_id for part in decision.parts]


def sees(offer: Offer) -> tuple[bool, bool]:
    """Whether (an agent, a consumer) is told that the goods can be had."""
    (choice,) = choices([offer.sku], None)
    return bool(open_skus([offer.sku_id])), choice.availability is Availability.AVAILABLE


def test_a_paused_supplier_gets_no_orders_until_the_pause_ends(offer: Offer) -> None:
    row = pause(offer.supplier)
    assert routed(offer) == []
    assert sees(offer) == (False, False)

    row.ended_at = timezone.now()
    row.save()
    assert routed(offer) == [offer.pk]
    assert sees(offer) == (True, True)


def test_a_supplier_on_trial_is_offered_while_it_has_places(offer: Offer) -> None:
    row = pause(offer.supplier, slots=1)
    assert routed(offer) == [offer.pk]
    assert sees(offer) == (True, True)

    row.trial_slots = 0
    row.save()
    assert routed(offer) == []
    assert sees(offer) == (False, False)


def test_a_stopped_offer_is_back_when_all_its_stops_have_ended(offer: Offer) -> None:
    now = timezone.now()
    stops = [
        OfferStop.objects.create(offer=offer, cause=cause, began_at=now)
        for cause in (StopCause.COST, StopCause.GONE)
    ]
    for stop in stops:
        assert routed(offer) == []
        assert sees(offer) == (False, False)
        stop.ended_at = now
        stop.save()
    assert routed(offer) == [offer.pk]
    assert sees(offer) == (True, True)


def test_the_database_allows_one_open_pause_a_supplier_and_one_stop_a_cause(offer: Offer) -> None:
    pause(offer.supplier)
    with pytest.raises(IntegrityError, match="one_open_pause"), transaction.atomic():
        pause(offer.supplier)
    now = timezone.now()
    OfferStop.objects.create(offer=offer, cause=StopCause.COST, began_at=now)
    with pytest.raises(IntegrityError, match="one_open_stop"), transaction.atomic():
        OfferStop.objects.create(offer=offer, cause=StopCause.COST, began_at=now)


def place(sku: object, count: int) -> list[int]:
    """Orders waiting to be sent, as their keys."""
    buyer = world.make_agent(balance="1000").user
    return [
        place_order(
            channel="wholesale",
            buyer=buyer,
            sku=sku,  # type: ignore[arg-type]
            quantity=1,
            client_ref=f"trial{place}",
            account={"phone": "13800000000"},
        ).order.pk
        for place in range(count)
    ]


@pytest.mark.django_db(transaction=True)
def test_orders_at_once_never_take_more_places_than_the_trial_has(offer: Offer) -> None:
    second = Supplier.objects.create(code="second", name="二号", adapter="fulu")
    world.make_offer(offer.sku, second, cost="6", priority=200)
    orders = place(offer.sku, 12)
    row = pause(offer.supplier, slots=3)

    in_threads(lambda order_id: fulfil(order_id=order_id), orders, threads=12)

    sent = Fulfilment.objects.values_list("supplier__code", flat=True)
    assert sorted(sent) == ["first"] * 3 + ["second"] * 9
    row.refresh_from_db()
    assert row.trial_slots == 0
    assert world.books_are_clean()


@pytest.mark.django_db(transaction=True)
def test_what_was_never_sent_goes_on_waiting_when_others_took_the_last_places(offer: Offer) -> None:
    # A buyer each: one buyer's orders would wait for each other.
    orders = [Order.objects.get(pk=place(offer.sku, 1)[0]) for _ in range(12)]
    attempts = [attempt.pk for order in orders if (attempt := world.begin(order))]
    second = Supplier.objects.create(code="second", name="二号", adapter="fulu")
    world.make_offer(offer.sku, second, cost="6", priority=200)
    pause(second, slots=3)
    held_back = Outcome(OutcomeKind.DEFERRED, code="circuit_open", retry_after_seconds=5)

    in_threads(
        lambda pk: apply_outcome(fulfilment_id=pk, outcome=held_back, source="submit"),
        attempts,
        threads=12,
    )

    queued = Fulfilment.objects.filter(status="queued")
    assert sorted(queued.values_list("supplier__code", flat=True)) == ["first"] * 9 + ["second"] * 3
    assert set(Order.objects.values_list("status", flat=True)) == {"fulfilling"}
    assert world.books_are_clean()


def test_the_last_supplier_without_a_place_left_costs_nobody_anything(offer: Offer) -> None:
    (order_id,) = place(offer.sku, 1)
    pause(offer.supplier)
    fulfil(order_id=order_id)
    assert not Fulfilment.objects.exists()
    assert world.books_are_clean()
