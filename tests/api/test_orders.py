"""Placing orders by program."""

from __future__ import annotations

from decimal import Decimal

import pytest

from catalog.models import SKU
from kameng.models import Agent
from ledger.services import balance
from tests.api.client import Program, code_of

pytestmark = pytest.mark.django_db


def test_a_program_buys_codes_and_gets_them_at_once(
    program: Program, agent: Agent, cards: SKU
) -> None:
    response = program.order(sku=cards.code, quantity=2)
    assert response.status_code == 201, response.content
    order = response.json()
    print(order, dict(response.headers))
    r = program.get(f"/api/v1/orders/{order['order_no']}/cards")
    print(r.json())
    for p in (
        "account",
        "products",
        "statement",
        "orders",
        "products/" + cards.code,
        "orders/" + order["order_no"],
    ):
        r = program.get("/api/v1/" + p)
        assert r.status_code == 200, r.content
        print(r.json())
    assert balance(agent.wallet_id) == Decimal(810)
    assert code_of(program.get("/api/v1/nope")) == (404, "not_found")
