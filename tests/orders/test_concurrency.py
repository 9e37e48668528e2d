"""Buyers at once: exactly what is there is sold, and nobody pays for nothing."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import transaction

from catalog.errors import OutOfStock
from catalog.models import SKU, CardAllocation, StockLane
from kameng.models import Agent
from ledger.services import balances
from orders.models import Order
from orders.queries import cards_of_order
from orders.services import place_order
from tests import world
from tests.threads import in_threads

pytestmark = pytest.mark.django_db(transaction=True)


def buy(agent: Agent, sku: SKU, quantity: int = 1, ref: str = "r") -> bool:
    try:
        place_order(
            channel="wholesale", buyer=agent.user, sku=sku, quantity=quantity, client_ref=ref
        )
    except OutOfStock:
        return False
    return True


def test_100_buyers_for_50_cards_are_50_sales_and_50_refusals() -> None:
    sku = world.make_sku(list_price="10")
    world.stock_cards(sku, 50, unit_cost="5")
    upline = world.make_agent()
    agents = [world.make_agent(upline=upline, balance="10") for _ in range(100)]
    sold = in_threads(lambda agent: buy(agent, sku), agents, threads=25)
    assert sum(sold) == 50
    codes = [card.secret for order in Order.objects.all() for card in cards_of_order(order)]
    assert len(codes) == len(set(codes)) == 50
    left = balances(agent.wallet_id for agent in agents)
    assert sorted(left.values()) == [Decimal(0)] * 50 + [Decimal(10)] * 50
    assert world.books_are_clean()


def test_bulk_buyers_at_once_never_wait_for_each_other_forever() -> None:
    sku = world.make_sku(list_price="1")
    world.stock_cards(sku, 100, unit_cost="0.5")
    agents = [world.make_agent(balance="100") for _ in range(12)]
    sold = in_threads(lambda agent: buy(agent, sku, 9), agents, threads=12)
    assert sum(sold) == 11
    allotted = sum(a.end_position - a.first_position for a in CardAllocation.objects.all())
    assert allotted == 99
    assert world.books_are_clean()


def test_the_same_client_reference_20_times_at_once_makes_one_order() -> None:
    sku = world.make_sku(list_price="10")
    world.stock_cards(sku, 30, unit_cost="5")
    agent = world.make_agent(balance="200")
    placed = in_threads(
        lambda _: place_order(
            channel="wholesale", buyer=agent.user, sku=sku, quantity=2, client_ref="same"
        ),
        range(20),
        threads=20,
    )
    assert sum(each.is_new for each in placed) == 1
    assert len({each.order.pk for each in placed}) == 1
    assert balances([agent.wallet_id]) == {agent.wallet_id: Decimal(180)}
    assert world.books_are_clean()


def test_who_sees_cards_that_another_holds_gets_the_next_ones_and_pays_once() -> None:
    """What was seen of the first cards isn't true any more: nothing of it stays, and it goes on."""
    sku = world.make_sku(list_price="10")
    world.stock_cards(sku, 5, unit_cost="5")
    world.stock_cards(sku, 5, unit_cost="6")
    agent = world.make_agent(balance="100")
    with transaction.atomic():
        held = StockLane.objects.select_for_update().filter(sku=sku, unit_cost=5)
        assert held
        (is_sold,) = in_threads(lambda who: buy(who, sku), [agent])
    assert is_sold
    assert Order.objects.get().cost == Decimal(6)
    assert balances([agent.wallet_id]) == {agent.wallet_id: Decimal(90)}
    assert world.books_are_clean()
