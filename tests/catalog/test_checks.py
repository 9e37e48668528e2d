"""check_ledger notices each way in which lanes, cards and allocations could disagree."""

from __future__ import annotations

import pytest
from django.db import connection

from catalog.checks import run
from catalog.stock import allocate
from tests import world

pytestmark = pytest.mark.django_db


def problems() -> list[str]:
    return [problem for result in run() for problem in result.problems]


def spoil(sql: str) -> None:
    """Change rows behind the database's own guards, as only a mistake with psql could."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(sql)
        cursor.execute("SET LOCAL session_replication_role = origin")


@pytest.fixture(autouse=True)
def _sold_stock() -> None:
    sku = world.make_sku()
    world.stock_cards(sku, 40)
    allocate(order_id=1, sku_id=sku.pk, quantity=5)
    allocate(order_id=2, sku_id=sku.pk, quantity=20)


def test_real_sales_leave_no_problem() -> None:
    assert problems() == []


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("DELETE FROM catalog_card WHERE position = 0", "should hold"),
        ("UPDATE catalog_card SET position = position + 1000 WHERE position = 0", "should hold"),
        (
            "UPDATE catalog_stocklane SET next_position = next_position - 1, is_exhausted = false"
            " WHERE next_position > 0",
            "says its next card is",
        ),
        (
            "DELETE FROM catalog_cardallocation WHERE id ="
            " (SELECT max(id) FROM catalog_cardallocation)",
            "says its next card is",
        ),
        (
            "DELETE FROM catalog_cardallocation WHERE order_id = 1",
            "the one before ends at 0",
        ),
        ("UPDATE catalog_stocklot SET card_count = 41", "says 41 cards"),
        ("UPDATE catalog_stocklane SET unit_cost = 79", "differ in SKU or cost"),
    ],
)
def test_each_disagreement_is_named(sql: str, said: str) -> None:
    spoil(sql)
    assert any(said in problem for problem in problems()), problems()
