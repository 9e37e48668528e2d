"""One order, several offers: its units are shared out, and each is delivered or paid back once."""

from __future__ import annotations

import itertools
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from catalog.errors import OutOfStock
from catalog.models import SKU
from kameng.models import Agent
from ledger import accounts
from ledger.services import balance
from orders.errors import QuantityUndeliverable
from orders.models import Fulfilment, FulfilmentStatus, Order
from orders.queries import cards_of_order, timeline
from orders.services import apply_outcome, fulfil, place_order
from suppliers.models import Offer, RoutingRule, Supplier
from suppliers.outcomes import DeliveredCard, Outcome, OutcomeKind
from tests import world

pytestmark = pytest.mark.django_db
_codes = itertools.count(1)


@pytest.fixture
def agent() -> Agent:
    return world.make_agent(balance="1000")


@pytest.fixture
def sku() -> SKU:
    return world.make_sku(list_price="20")


@pytest.fixture
def remotes() -> list[Supplier]:
    return [
        Supplier.objects.create(code=code, name=code, adapter="fulu") for code in ("one", "two")
    ]


def order_of(agent: Agent, sku: SKU, quantity: int) -> Order:
    return place_order(
        channel="wholesale", buyer=agent.user, sku=sku, quantity=quantity, client_ref="one"
    ).order


def attempts(order: Order) -> list[tuple[str, int, int, str]]:
    return [
        (one.supplier.code, one.first_unit, one.quantity, one.status)
        for one in order.fulfilments.select_related("supplier")
    ]


def answer(order: Order, code: str, kind: OutcomeKind, count: int = 0) -> None:
    """What a supplier says about its open attempt, with so many codes."""
    attempt = order.fulfilments.filter(supplier__code=code).exclude(status="failed").get()
    cards = tuple(DeliveredCard(f"N{n}", f"S{n}") for n in itertools.islice(_codes, count))
    apply_outcome(fulfilment_id=attempt.pk, outcome=Outcome(kind, cards=cards), source="query")
    order.refresh_from_db()


def test_six_of_stock_and_four_of_a_supplier(
    agent: Agent, sku: SKU, remotes: list[Supplier]
) -> None:
    world.stock_cards(sku, 6, unit_cost="15")
    world.make_offer(sku, remotes[0], cost="16")
    order = order_of(agent, sku, 10)
    assert order.status == "paid"
    fulfil(order_id=order.pk)
    order.refresh_from_db()
    assert attempts(order) == [("stock", 0, 6, "succeeded"), ("one", 6, 4, "queued")]
    assert (order.status, order.delivered_quantity) == ("fulfilling", 6)
    assert len(cards_of_order(order)) == 6
    assert world.books_are_clean()

    answer(order, "one", OutcomeKind.DELIVERED, 4)
    assert (order.status, order.delivered_quantity, order.cost) == ("completed", 10, Decimal(154))
    assert len({card.secret for card in cards_of_order(order)}) == 10
    assert balance(agent.wallet_id) == Decimal(800)
    assert [row.code for row in timeline(order)] == [
        "paid", "sent_to_supplier", "part_delivered", "completed",
    ]  # fmt: skip
    assert world.books_are_clean()


def test_the_rest_that_nobody_has_is_refunded(
    agent: Agent, sku: SKU, remotes: list[Supplier]
) -> None:
    world.stock_cards(sku, 6, unit_cost="15")
    world.make_offer(sku, remotes[0], cost="16")
    order = order_of(agent, sku, 10)
    fulfil(order_id=order.pk)
    answer(order, "one", OutcomeKind.REJECTED)
    assert (order.status, order.delivered_quantity) == ("partially_completed", 6)
    assert (order.refunded, balance(agent.wallet_id)) == (Decimal(80), Decimal(880))
    assert [row["reason"] for row in order.unrouted or []] == ["stock_short", "failed_before"]
    assert world.books_are_clean()


def test_two_suppliers_at_once_and_one_is_unknown(
    agent: Agent, sku: SKU, remotes: list[Supplier]
) -> None:
    for place, supplier in enumerate(remotes):
        world.make_offer(sku, supplier, cost="16", priority=place, max_quantity=5)
    order = order_of(agent, sku, 10)
    fulfil(order_id=order.pk)
    assert attempts(order) == [("one", 0, 5, "queued"), ("two", 5, 5, "queued")]

    Fulfilment.objects.update(status=FulfilmentStatus.SUBMITTING, submitted_at=order.created_at)
    answer(order, "one", OutcomeKind.UNKNOWN)
    answer(order, "two", OutcomeKind.DELIVERED, 5)
    assert (order.status, order.delivered_quantity) == ("fulfilling", 5)
    assert balance(accounts.escrow()) == Decimal(200)
    assert world.books_are_clean()

    answer(order, "one", OutcomeKind.DELIVERED, 3)  # two codes never came
    assert (order.status, order.delivered_quantity) == ("partially_completed", 8)
    assert order.refunded == Decimal(40)
    assert world.books_are_clean()


def test_what_one_refuses_goes_to_the_next_and_the_others_keep_theirs(
    agent: Agent, sku: SKU, remotes: list[Supplier]
) -> None:
    world.make_offer(sku, remotes[0], cost="15", priority=1, max_quantity=4)
    world.make_offer(sku, remotes[1], cost="16", priority=2)
    order = order_of(agent, sku, 10)
    fulfil(order_id=order.pk)
    answer(order, "one", OutcomeKind.REJECTED)
    assert attempts(order) == [
        ("one", 0, 4, "failed"),
        ("two", 4, 6, "queued"),
        ("two", 0, 4, "queued"),
    ]
    assert world.books_are_clean()


def test_cards_that_cost_more_than_the_price_are_not_sold(
    agent: Agent, sku: SKU, remotes: list[Supplier]
) -> None:
    world.stock_cards(sku, 2, unit_cost="15")
    world.stock_cards(sku, 5, unit_cost="25")
    with pytest.raises(OutOfStock):
        order_of(agent, sku, 3)
    assert balance(agent.wallet_id) == Decimal(1000)
    RoutingRule.objects.create(sku=sku, allows_loss=True, loss_reason="sale of the last ones")
    order = order_of(agent, sku, 3)
    assert (order.status, order.cost) == ("completed", Decimal(55))
    assert world.books_are_clean()


def test_a_quantity_that_no_offer_takes_is_refused_before_any_money_moves(
    agent: Agent, sku: SKU, remotes: list[Supplier]
) -> None:
    world.make_offer(sku, remotes[0], cost="15", max_quantity=4)
    with pytest.raises(QuantityUndeliverable):
        order_of(agent, sku, 5)
    assert balance(agent.wallet_id) == Decimal(1000)


def test_the_database_refuses_two_attempts_at_one_unit(
    agent: Agent, sku: SKU, remotes: list[Supplier]
) -> None:
    offer = world.make_offer(sku, remotes[0], cost="15")
    order = order_of(agent, sku, 10)
    fulfil(order_id=order.pk)

    def another(first_unit: int, status: str) -> None:
        with transaction.atomic():
            Fulfilment.objects.create(
                fulfilment_no=f"X{first_unit}{status}",
                order=order,
                offer=offer,
                supplier=remotes[0],
                first_unit=first_unit,
                quantity=1,
                status=status,
                cost=15,
            )

    for status in ("queued", "unknown", "succeeded"):
        with pytest.raises(IntegrityError, match="one_attempt_a_unit"):
            another(9, status)
    another(9, "failed")
    another(10, "queued")


def test_a_decision_is_kept_with_the_attempt_that_it_led_to(
    agent: Agent, sku: SKU, remotes: list[Supplier]
) -> None:
    world.make_offer(sku, remotes[0], cost="21", priority=1)
    world.make_offer(sku, remotes[1], cost="16", priority=2)
    order = order_of(agent, sku, 1)
    fulfil(order_id=order.pk)
    routing = order.fulfilments.get().routing
    assert routing is not None
    assert [(row["supplier"], row["reason"]) for row in routing] == [
        ("two", "chosen"),
        ("one", "below_cost"),
    ]


def test_local_stock_keeps_its_decision_too(agent: Agent, sku: SKU) -> None:
    world.stock_cards(sku, 1, unit_cost="15")
    routing = order_of(agent, sku, 1).fulfilments.get().routing
    assert routing is not None
    assert [(row["reason"], row["quantity"]) for row in routing] == [("chosen", 1)]


def test_an_order_of_what_is_limited_to_another_carrier_is_passed_over(
    agent: Agent, remotes: list[Supplier]
) -> None:
    sku = world.make_sku("topup", list_price="20")
    world.make_offer(sku, remotes[0], cost="15", priority=1, carriers=["unicom"])
    world.make_offer(sku, remotes[1], cost="15", priority=2, provinces=["北京"])
    Offer.objects.update(max_quantity=1)

    def placed(phone: str) -> Order:
        order = place_order(
            channel="wholesale",
            buyer=agent.user,
            sku=sku,
            quantity=1,
            client_ref=phone,
            account={"phone": phone},
        ).order
        fulfil(order_id=order.pk)
        return order

    assert attempts(placed("13000000000"))[0][0] == "one"  # China Unicom
    assert attempts(placed("13800100000"))[0][0] == "two"  # China Mobile in Beijing
