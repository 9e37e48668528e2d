"""How well suppliers do, counted from their attempts."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from orders.models import Fulfilment, FulfilmentEvent
from orders.services import measure_suppliers, place_order
from outbound.numbers import new_number
from suppliers import statistics
from suppliers.models import Supplier, SupplierStat
from suppliers.statistics import Stats
from tests import world

pytestmark = pytest.mark.django_db


@pytest.fixture
def supplier() -> Supplier:
    return Supplier.objects.create(code="remote", name="x", adapter="fulu")


def attempts(supplier: Supplier, *endings: tuple[str, float], hours_ago: int = 1) -> None:
    """An order with an attempt for each (status, seconds to its end)."""
    sku = world.make_sku("topup", list_price="10")
    offer = world.make_offer(sku, supplier, cost="5")
    buyer = world.make_agent(balance="100").user
    sent = timezone.now() - timedelta(hours=hours_ago)
    for place, (status, seconds) in enumerate(endings):
        order = place_order(
            channel="wholesale",
            buyer=buyer,
            sku=sku,
            quantity=1,
            client_ref=f"order{place}",
            account={"phone": "13800000000"},
        ).order
        attempt = Fulfilment.objects.create(
            fulfilment_no=new_number(),
            order=order,
            offer=offer,
            supplier=supplier,
            quantity=1,
            status=status,
            cost=5,
            submitted_at=sent,
            finished_at=sent + timedelta(seconds=seconds),
        )
        if seconds > 10:
            FulfilmentEvent.objects.create(fulfilment=attempt, source="submit", outcome="unknown")


def test_rates_and_times_are_counted_from_recent_attempts(supplier: Supplier) -> None:
    attempts(supplier, ("succeeded", 1), ("succeeded", 3), ("succeeded", 21), ("failed", 2))
    measure_suppliers()
    found = statistics.of([supplier.pk])[supplier.pk]
    assert (found.success_rate, found.unknown_rate) == (Decimal("0.75"), Decimal("0.25"))
    assert found.p50_seconds == 3.0
    assert found.p95_seconds is not None
    assert round(found.p95_seconds, 1) == 19.2


def test_what_is_older_than_a_day_does_not_count(supplier: Supplier) -> None:
    attempts(supplier, ("failed", 1), hours_ago=25)
    measure_suppliers()
    assert statistics.of([supplier.pk])[supplier.pk] == Stats()


def test_measuring_again_keeps_the_balance(supplier: Supplier) -> None:
    measure_suppliers()
    SupplierStat.objects.update(balance=Decimal(500))
    attempts(supplier, ("failed", 1))
    measure_suppliers()
    found = statistics.of([supplier.pk])[supplier.pk]
    assert (found.balance, found.success_rate) == (Decimal(500), Decimal(0))


def test_a_supplier_of_which_nothing_is_known_has_an_answer(supplier: Supplier) -> None:
    assert statistics.of([supplier.pk, 0]) == {supplier.pk: Stats(), 0: Stats()}
