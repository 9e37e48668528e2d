"""Settlement in batches that can be looked up, and holding an agent's commissions back."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.utils import timezone

from kameng.errors import HeldAlready, NotHeld, ReasonMissing
from kameng.models import Agent, Commission, Settlement, SettlementBatch, SettlementHold
from kameng.services.settling import (
    hold_settlements,
    release_settlements,
    settle_due_commissions,
)
from ledger.services import balance
from orders.services import place_order
from tests import world
from tests.threads import in_threads
from users.models import AuditLog

pytestmark = pytest.mark.django_db


@pytest.fixture
def chain() -> list[Agent]:
    world.make_policy("0.01", "0.005")
    return world.make_chain("0", "0", "10000")


@pytest.fixture
def buy(chain):
    sku = world.make_sku(list_price="100")
    world.price_tiers(sku, "88", "90", "95")
    world.stock_cards(sku, 60, unit_cost="70")

    def place(ref: str, quantity: int = 1, buyer: Agent | None = None):
        return place_order(
            channel="wholesale",
            buyer=(buyer or chain[2]).user,
            sku=sku,
            quantity=quantity,
            client_ref=ref,
        ).order

    return place


def later(hours: int = 73):
    return time_machine.travel(timezone.now() + timedelta(hours=hours), tick=True)


def test_a_batch_says_how_many_how_much_and_of_which_time(chain, buy) -> None:
    began = timezone.now()
    buy("a")
    buy("b", 2)
    with later():
        assert settle_due_commissions() == Decimal("25.275")
        assert settle_due_commissions() == 0
    batch = SettlementBatch.objects.get()
    assert batch.finished_at is not None
    of_level_1 = batch.settlements.get(agent=chain[1])
    assert (of_level_1.row_count, of_level_1.amount) == (2, Decimal("17.85"))
    assert began <= of_level_1.first_at < of_level_1.last_at <= batch.until
    rows = Commission.objects.filter(settlement_reference=of_level_1.reference)
    assert sum(row.amount for row in rows) == of_level_1.earned
    assert world.books_are_clean()


def test_what_was_refunded_after_an_earlier_batch_is_netted_and_told(chain, buy) -> None:
    first = buy("a", 2)
    with later():
        settle_due_commissions()
        world.refund(first, Decimal(95))
        buy("b", 6)
    with later(200):
        settle_due_commissions()
    second = Settlement.objects.filter(agent=chain[1]).latest("pk")
    assert (second.earned, second.netted) == (Decimal("35.7"), Decimal("5.95"))
    assert second.amount == Decimal("29.75")
    assert world.books_are_clean()


def test_a_batch_that_was_cut_off_is_gone_on_with(chain, buy) -> None:
    buy("a")
    cut_off = SettlementBatch.objects.create(until=timezone.now())
    with later():
        settle_due_commissions()
    cut_off.refresh_from_db()
    assert cut_off.finished_at is not None
    assert cut_off.settlements.count() == 2


def test_an_agent_held_back_earns_and_is_paid_once_it_is_released(chain, buy) -> None:
    staff = world.make_user(is_staff=True)
    hold_settlements(agent=chain[1], actor=staff, reason="trades with itself")
    with pytest.raises(HeldAlready):
        hold_settlements(agent=chain[1], actor=staff, reason="again")
    with pytest.raises(ReasonMissing):
        hold_settlements(agent=chain[0], actor=staff, reason="")
    buy("a")
    with later():
        assert settle_due_commissions() == Decimal("2.475")  # the master's only
        assert balance(chain[1].commission_payable_id) == Decimal("5.95")
        release_settlements(agent=chain[1], actor=staff, reason="was a mistake")
        assert settle_due_commissions() == Decimal("5.95")
        with pytest.raises(NotHeld):
            release_settlements(agent=chain[1], actor=staff, reason="again")
    hold = SettlementHold.objects.get()
    assert (hold.held_by, hold.released_by) == (staff, staff)
    assert AuditLog.objects.filter(target=f"agent:{chain[1].pk}").count() == 2
    assert world.books_are_clean()


@pytest.mark.django_db(transaction=True)
def test_runs_at_once_pay_each_commission_once(chain, buy) -> None:
    others = [world.make_agent(upline=chain[1], balance="500") for _ in range(3)]
    for number in range(6):
        buy(f"o{number}", buyer=others[number % 3])
    with later():
        paid = in_threads(lambda _n: settle_due_commissions(), range(6), threads=6)
    assert sum(paid) == Decimal("50.55")
    assert not SettlementBatch.objects.filter(finished_at=None).exists()
    assert not Settlement.objects.filter(batch=None).exists()
    assert world.books_are_clean()
