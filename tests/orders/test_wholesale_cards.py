"""The way of a wholesale card order: one transaction from the agent's click to the codes."""

from __future__ import annotations

from decimal import Decimal

import pytest

from catalog.errors import OutOfStock, UnknownSKU
from catalog.models import SKU
from kameng.errors import AgentSuspended, NotAnAgent
from kameng.models import Agent, AgentStatus, Commission
from ledger import accounts
from ledger.errors import InsufficientBalance
from ledger.services import balance
from orders.errors import (
    ClientRefInvalid,
    IdempotencyConflict,
    PriceChanged,
    QuantityInvalid,
    SupplierClosed,
)
from orders.models import Order
from orders.queries import cards_of_order, timeline
from orders.services import Placed, place_order
from suppliers.models import Supplier
from tests import world

pytestmark = pytest.mark.django_db


def buy(agent: Agent, sku: SKU, quantity: int = 1, ref: str = "r1", **more: object) -> Placed:
    return place_order(
        channel="wholesale",
        buyer=agent.user,
        sku=sku,
        quantity=quantity,
        client_ref=ref,
        **more,  # type: ignore[arg-type]
    )


@pytest.fixture
def chain() -> list[Agent]:
    return world.make_chain("0", "0", "1000")


@pytest.fixture
def sku() -> SKU:
    sku = world.make_sku(list_price="100")
    world.price_tiers(sku, "88", "90", "95")
    world.stock_cards(sku, 20, unit_cost="80")
    return sku


def test_an_agent_buys_codes_at_its_tier_price_and_gets_them_at_once(chain, sku) -> None:
    order = buy(chain[2], sku, 3).order
    assert (order.status, order.unit_price, order.total) == (
        "completed",
        Decimal(95),
        Decimal(285),
    )
    assert balance(chain[2].wallet_id) == Decimal(715)
    assert len({(card.number, card.secret) for card in cards_of_order(order)}) == 3
    assert [row.code for row in timeline(order)] == ["paid", "completed"]
    assert balance(accounts.revenue("wholesale")) == Decimal(285)
    assert balance(accounts.cost("wholesale")) == Decimal(-240)
    assert world.books_are_clean()


def test_upline_earns_the_level_difference_and_its_generation_rate(chain, sku) -> None:
    world.make_policy("0.01", "0.005")
    buy(chain[2], sku, 2)
    earned = {c.agent_id: c.amount for c in Commission.objects.all()}
    assert earned == {
        chain[1].pk: Decimal("2") * 5 + Decimal("1.9"),
        chain[0].pk: Decimal("2") * 2 + Decimal("0.95"),
    }
    assert balance(chain[1].commission_payable_id) == Decimal("11.9")
    assert world.books_are_clean()


def test_a_bulk_order_takes_from_several_lanes_without_a_gap(chain, sku) -> None:
    world.pay_in(chain[2].wallet_id, "10000")
    order = buy(chain[2], sku, 20).order
    assert len({card.secret for card in cards_of_order(order)}) == 20
    assert world.books_are_clean()


def test_sold_out_charges_nothing(chain, sku) -> None:
    world.pay_in(chain[2].wallet_id, "10000")
    with pytest.raises(OutOfStock):
        buy(chain[2], sku, 21)
    assert balance(chain[2].wallet_id) == Decimal(11000)
    assert not Order.objects.exists()
    assert world.books_are_clean()


def test_a_low_balance_charges_nothing(chain, sku) -> None:
    with pytest.raises(InsufficientBalance):
        buy(chain[2], sku, 11)
    assert balance(chain[2].wallet_id) == Decimal(1000)
    assert world.books_are_clean()


def test_a_suspended_agent_can_not_buy(chain, sku) -> None:
    Agent.objects.filter(pk=chain[2].pk).update(status=AgentStatus.SUSPENDED)
    with pytest.raises(AgentSuspended):
        buy(chain[2], sku)


def test_somebody_who_is_no_agent_can_not_buy(sku) -> None:
    with pytest.raises(NotAnAgent):
        place_order(
            channel="wholesale", buyer=world.make_user(), sku=sku, quantity=1, client_ref="x"
        )


def test_a_closed_supplier_is_told_before_money_moves(chain, sku) -> None:
    Supplier.objects.update(is_open=False)
    with pytest.raises(SupplierClosed):
        buy(chain[2], sku)
    assert balance(chain[2].wallet_id) == Decimal(1000)


def test_goods_off_sale_are_unknown(chain, sku) -> None:
    sku.is_on_sale = False
    with pytest.raises(UnknownSKU):
        buy(chain[2], sku)


@pytest.mark.parametrize("quantity", [0, -1, 10_001])
def test_a_quantity_outside_the_range_is_refused(chain, sku, quantity) -> None:
    with pytest.raises(QuantityInvalid):
        buy(chain[2], sku, quantity)


@pytest.mark.parametrize("ref", ["", "a b", "x" * 65, "汉字", "a\n"])
def test_a_strange_client_reference_is_refused(chain, sku, ref) -> None:
    with pytest.raises(ClientRefInvalid):
        buy(chain[2], sku, ref=ref)


def test_the_same_reference_gives_the_same_order_back(chain, sku) -> None:
    first = buy(chain[2], sku, 2)
    again = buy(chain[2], sku, 2)
    assert (first.is_new, again.is_new) == (True, False)
    assert again.order.pk == first.order.pk
    assert balance(chain[2].wallet_id) == Decimal(810)
    assert world.books_are_clean()


def test_a_repeat_gives_the_order_back_even_when_nothing_is_left(chain, sku) -> None:
    first = buy(chain[2], sku, 10)
    again = buy(chain[2], sku, 10)
    assert again.order.pk == first.order.pk


def test_the_same_reference_for_other_goods_is_refused(chain, sku) -> None:
    buy(chain[2], sku, 2)
    with pytest.raises(IdempotencyConflict):
        buy(chain[2], sku, 3)
    assert balance(chain[2].wallet_id) == Decimal(810)


def test_a_price_above_the_buyers_limit_is_refused(chain, sku) -> None:
    with pytest.raises(PriceChanged):
        buy(chain[2], sku, max_unit_price=Decimal("94.99"))
    assert buy(chain[2], sku, max_unit_price=Decimal("95")).is_new


def test_refund_after_completion_takes_the_commission_back(chain, sku) -> None:
    world.make_policy("0.01", "0.005")
    order = buy(chain[2], sku, 2).order
    world.refund(order, order.total, quantity=2)
    assert balance(chain[2].wallet_id) == Decimal(1000)
    assert balance(chain[1].commission_payable_id) == 0
    assert world.books_are_clean()
