"""How often a purchase asks the database: each time more is felt in every sale."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.models import SKU
from kameng.models import Agent
from orders.services import place_order
from tests import world

pytestmark = pytest.mark.django_db

# Prices; offers; everything that is written.
ROUND_TRIPS = 3
# Of a bulk order, whose cards lie in several lanes: prices; offers; the wallet; the rest.
BULK_ROUND_TRIPS = 4


@pytest.fixture
def buyer() -> Agent:
    world.make_policy("0.01", "0.005")
    return world.make_chain("0", "0", "1000000")[2]


@pytest.fixture
def sku() -> SKU:
    sku = world.make_sku(list_price="100")
    world.price_tiers(sku, "88", "90", "95")
    world.stock_cards(sku, 3000, unit_cost="80")
    return sku


def statements_of_a_purchase(buyer: Agent, sku: SKU, quantity: int, ref: str) -> list[str]:
    with CaptureQueriesContext(connection) as queries:
        place_order(
            channel="wholesale", buyer=buyer.user, sku=sku, quantity=quantity, client_ref=ref
        )
    texts = [query["sql"] for query in queries.captured_queries]
    return [text for text in texts if not text.startswith(("SAVEPOINT", "RELEASE"))]


@pytest.fixture(autouse=True)
def _first_purchase(buyer, sku, django_capture_on_commit_callbacks) -> None:
    """After its first purchase a process knows the accounts of the books."""
    with django_capture_on_commit_callbacks(execute=True):
        statements_of_a_purchase(buyer, sku, 1, "first")


def test_a_purchase_is_three_round_trips(buyer, sku) -> None:
    statements = statements_of_a_purchase(buyer, sku, 1, "second")
    assert len(statements) == ROUND_TRIPS, "\n".join(statements)
    assert all(text.startswith("EXECUTE") for text in statements), "\n".join(statements)


def test_a_bulk_order_asks_once_more_per_lane_only(buyer, sku) -> None:
    bulk = statements_of_a_purchase(buyer, sku, 2500, "bulk")
    takes = [text for text in bulk if "take_cards" in text]
    assert 1 < len(takes) <= 8
    # The wallet pays outside the savepoint in which the cards are taken.
    assert len(bulk) == BULK_ROUND_TRIPS + len(takes)
