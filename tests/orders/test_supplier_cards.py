"""Cards that a supplier delivers over HTTP: its callback has no codes, so they are asked for."""

from __future__ import annotations

from decimal import Decimal

import pytest

from orders.services import place_order, sweep
from suppliers.models import Supplier
from tests import world
from tests.sandboxes import SandboxProcess, wait_until

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("tasks_at_once"),
]


@pytest.mark.parametrize("product_id", ["20000003", "20000009"])  # at once, in two portions
def test_an_agent_gets_every_code_and_nobody_has_to_look(
    sandbox_suppliers: list[Supplier], supplier_sandbox: SandboxProcess, product_id: str
) -> None:
    sku = world.make_sku(list_price="100")
    world.make_offer(sku, sandbox_suppliers[0], cost="98.20", supplier_ref=product_id)
    agent = world.make_agent(balance="500")

    order = place_order(
        channel="wholesale", buyer=agent.user, sku=sku, quantity=4, client_ref="cards"
    ).order

    def is_final() -> bool:
        sweep()
        order.refresh_from_db()
        return order.is_final

    wait_until(is_final)
    assert (order.status, order.delivered_quantity) == ("completed", 4)
    assert not order.needs_attention
    assert order.refunded == Decimal(0)
    (fulfilment,) = order.fulfilments.all()
    assert supplier_sandbox.order(fulfilment.fulfilment_no)["delivered_count"] == 1
    assert world.books_are_clean()
