"""The state machine in Python and the one in the database are the same."""

from __future__ import annotations

import itertools
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction

from orders.models import Order, OrderStatus
from orders.services import place_order
from orders.state import MOVES, ImpossibleMove, move
from tests import world

pytestmark = pytest.mark.django_db

PAIRS = [(a, b) for a, b in itertools.product(OrderStatus, OrderStatus) if a != b]


def order_in(status: OrderStatus) -> Order:
    """An order as it would be in this status, made by hand: no money is behind it."""
    return Order.objects.create(
        order_no="1",
        channel="retail",
        buyer_key="g1",
        client_ref="1",
        request_digest="1",
        sku=world.make_sku(),
        kind="card",
        quantity=1,
        face_value=Decimal(1),
        unit_price=Decimal(1),
        total=Decimal(1),
        funding="gateway",
        status=status,
    )


@pytest.mark.parametrize(("came_from", "to"), PAIRS)
def test_the_database_allows_exactly_the_moves_of_the_state_machine(
    came_from: OrderStatus, to: OrderStatus
) -> None:
    order = order_in(came_from)
    try:
        with transaction.atomic():
            Order.objects.filter(pk=order.pk).update(status=to)
        is_allowed = True
    except DatabaseError:
        is_allowed = False
    assert is_allowed == (to in MOVES[came_from])


def test_a_move_is_one_timeline_row() -> None:
    order = order_in(OrderStatus.PAID)
    move(order, OrderStatus.FULFILLING, code="sent_to_supplier")
    assert [(event.status, event.code) for event in order.events.all()] == [
        ("fulfilling", "sent_to_supplier")
    ]


def test_a_move_from_where_the_order_no_longer_is_changes_nothing() -> None:
    order = order_in(OrderStatus.PAID)
    Order.objects.filter(pk=order.pk).update(status=OrderStatus.FAILED)
    with pytest.raises(ImpossibleMove):
        move(order, OrderStatus.FULFILLING, code="sent_to_supplier")
    assert not order.events.exists()


@pytest.mark.parametrize(
    "change",
    [
        {"total": Decimal(2)},
        {"wallet_id": 5},
        {"terms": {"agent": 1}},
        {"account": {"phone": "13900000000"}},
        {"quantity": 2},
        {"funding": "gateway"},
    ],
)
def test_what_was_sold_can_not_be_rewritten(change: dict[str, object]) -> None:
    agent = world.make_agent(balance="200")
    sku = world.make_sku()
    world.stock_cards(sku, 1)
    order = place_order(
        channel="wholesale", buyer=agent.user, sku=sku, quantity=1, client_ref="r"
    ).order
    with pytest.raises(DatabaseError), transaction.atomic():
        Order.objects.filter(pk=order.pk).update(**change)
