"""Every number of the supplier sandbox ends as the contract says, with the money where it belongs.

Real HTTP both ways: the adapter calls the sandbox, the sandbox calls back to a live web server.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from kameng.models import Agent
from ledger import accounts
from ledger.services import balance
from orders.models import FulfilmentStatus, Order
from orders.services import place_order, sweep
from tests import world
from tests.sandboxes import SandboxProcess, wait_until

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("tasks_at_once"),
]


@pytest.fixture
def agent() -> Agent:
    return world.make_agent(balance="100")


def order_topup(agent: Agent, sku: Any, ending: str) -> Order:
    return place_order(
        channel="wholesale",
        buyer=agent.user,
        sku=sku,
        quantity=1,
        client_ref=f"n{ending}",
        account={"phone": f"1380000{ending}"},
    ).order


def settled(order: Order) -> Order:
    """Sweep as beat does, until the order is final."""

    def is_final() -> bool:
        sweep()
        order.refresh_from_db()
        return order.is_final

    wait_until(is_final)
    return order


def delivered_count(sandbox: SandboxProcess, order: Order) -> int:
    """How often the suppliers' own records say that the number was charged."""
    known = {record["customer_order_no"]: record for record in sandbox.get("orders")["orders"]}
    numbers = order.fulfilments.values_list("fulfilment_no", flat=True)
    return sum(known[number]["delivered_count"] for number in numbers if number in known)


@pytest.mark.parametrize(
    ("ending", "status"),
    [
        ("0001", "failed"),
        ("0002", "failed"),
        ("0003", "completed"),
        ("0004", "failed"),
        ("0005", "completed"),
        ("0007", "completed"),
        ("0008", "completed"),
        ("0009", "completed"),
        ("1234", "completed"),
    ],
)
def test_the_order_ends_as_the_number_says(
    agent: Agent, topup_sku: Any, supplier_sandbox: SandboxProcess, ending: str, status: str
) -> None:
    order = settled(order_topup(agent, topup_sku, ending))
    assert order.status == status
    is_delivered = status == "completed"
    assert balance(agent.wallet_id) == (Decimal(50) if is_delivered else Decimal(100))
    assert order.refunded == (Decimal(0) if is_delivered else Decimal(50))
    assert balance(accounts.escrow()) == 0
    assert delivered_count(supplier_sandbox, order) == (1 if is_delivered else 0)
    assert world.books_are_clean()


def test_the_second_supplier_delivers_what_the_first_refused(agent: Agent, topup_sku: Any) -> None:
    order = settled(order_topup(agent, topup_sku, "0009"))
    first, second = order.fulfilments.all()
    assert (first.status, first.supplier.code) == (FulfilmentStatus.FAILED, "fulu-a")
    assert (second.status, second.supplier.code) == (FulfilmentStatus.SUCCEEDED, "fulu-b")


def test_a_success_after_the_refund_is_the_suppliers_loss_and_not_the_buyers(
    agent: Agent, topup_sku: Any, supplier_sandbox: SandboxProcess
) -> None:
    # Slower, so that a busy machine too asks between the failure and the late success.
    supplier_sandbox.settings(delay_scale=4)
    order = settled(order_topup(agent, topup_sku, "0006"))
    assert order.status == "failed"
    wait_until(lambda: order.fulfilments.filter(late_success_at__isnull=False).count() == 2)
    order.refresh_from_db()
    assert order.needs_attention
    assert balance(agent.wallet_id) == Decimal(100)
    assert balance(accounts.supplier_loss("fulu-a")) < 0
    assert world.books_are_clean()


def test_unknown_is_neither_refunded_nor_sent_elsewhere(agent: Agent, topup_sku: Any) -> None:
    order = order_topup(agent, topup_sku, "0003")
    order.refresh_from_db()
    assert order.status == "fulfilling"
    assert [f.status for f in order.fulfilments.all()] == [FulfilmentStatus.UNKNOWN]
    assert balance(agent.wallet_id) == Decimal(50)
    assert balance(accounts.escrow()) == Decimal(50)
