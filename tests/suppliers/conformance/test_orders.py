"""An order's whole way through every protocol: money, callbacks and books."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from kameng.models import Agent
from ledger.services import balance
from orders.models import Order
from orders.services import place_order, sweep
from suppliers.models import Supplier
from suppliers.services import set_secrets
from tests import world as builders
from tests.listeners import Received
from tests.sandboxes import wait_until
from tests.suppliers.conformance.conftest import World

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("tasks_at_once")]


def make_supplier(world: World, code: str, secrets: dict[str, str]) -> Supplier:
    supplier = Supplier.objects.create(
        code=code,
        name=code,
        adapter=world.account.protocol,
        base_url=world.config.base_url,
        options=dict(world.config.options),
        connect_timeout_seconds=1,
        read_timeout_seconds=0.5,
        settling_seconds=1,
    )
    set_secrets(supplier=supplier, secrets=secrets, actor=None, reason="test")
    return supplier


@pytest.fixture
def agent() -> Agent:
    return builders.make_agent(balance="100")


@pytest.fixture
def sku(world: World) -> Any:
    supplier = make_supplier(world, world.account.code, dict(world.account.secrets))
    sku = builders.make_sku("topup", list_price="50")
    builders.make_offer(sku, supplier, cost="49.5", supplier_ref=world.account.phone_ref)
    return sku


def order_topup(agent: Agent, sku: Any, ending: str) -> Order:
    return place_order(
        channel="wholesale",
        buyer=agent.user,
        sku=sku,
        quantity=1,
        client_ref=f"n{ending}",
        account={"phone": f"1380013{ending}"},
    ).order


def settled(order: Order) -> Order:
    """Sweep as beat does, until the order is final."""

    def is_final() -> bool:
        sweep()
        order.refresh_from_db()
        return order.is_final

    wait_until(is_final, seconds=30)
    return order


def call_back(path: str, received: Received, body: bytes | None = None) -> int:
    """The supplier's call, as it came or with another body."""
    its_own = ("host", "content-length", "content-type", "connection")
    headers = {name: value for name, value in received.headers.items() if name not in its_own}
    response = Client().post(
        path,
        data=received.body if body is None else body,
        content_type=received.headers["content-type"],
        headers=headers,
    )
    return response.status_code


@pytest.mark.parametrize(
    ("ending", "status"), [("0001", "failed"), ("0002", "failed"), ("0003", "completed")]
)
def test_an_order_ends_as_its_number_says(
    world: World, agent: Agent, sku: Any, ending: str, status: str
) -> None:
    order = settled(order_topup(agent, sku, ending))

    assert order.status == status
    assert balance(agent.wallet_id) == (Decimal(50) if status == "completed" else Decimal(100))
    assert builders.books_are_clean()


def test_only_the_right_callback_ends_an_order_and_its_replays_change_nothing(
    world: World, agent: Agent, sku: Any
) -> None:
    strangers = {name: value[::-1] for name, value in world.account.secrets.items()}
    make_supplier(world, "stranger", strangers)
    order = order_topup(agent, sku, "8000")
    (attempt,) = order.fulfilments.all()
    received = wait_until(lambda: world.callbacks.of(attempt.fulfilment_no))[0]
    right, wrong = received.path, "/callbacks/suppliers/stranger/"

    assert call_back(wrong, received) in (400, 404)
    assert call_back(right, received, b"") == 400
    other = received.body.replace(attempt.fulfilment_no.encode(), b"C0000000000000000000")
    assert call_back(right, received, other) in (400, 404)
    order.refresh_from_db()
    assert order.status == "fulfilling"
    assert balance(agent.wallet_id) == Decimal(50)

    for _ in range(3):
        assert call_back(right, received) == 200
    order.refresh_from_db()
    assert order.status == "completed"
    events = attempt.evidence.count()
    assert call_back(right, received) == 200
    assert call_back(wrong, received) in (400, 404)

    attempt.refresh_from_db()
    order.refresh_from_db()
    assert (order.status, attempt.delivered_quantity) == ("completed", 1)
    assert attempt.evidence.count() <= events + 2, "a replay is heard, and at most asked about"
    # The supplier's word; a callback that decides without telling a cost leaves the offer's.
    costs = (50 * world.account.phone_rate, Decimal("49.5"))
    assert min(abs(order.cost - cost) for cost in costs) < Decimal("0.01")
    assert world.sandbox.order(attempt.fulfilment_no)["delivered_count"] == 1
    assert builders.books_are_clean()


def test_the_evidence_of_an_attempt_has_every_call_with_its_time_and_no_secret(
    world: World, agent: Agent, sku: Any
) -> None:
    order = order_topup(agent, sku, "0005")
    settled(order)
    (attempt,) = order.fulfilments.all()
    exchanges = [one for event in attempt.evidence.all() for one in event.exchanges]

    assert len(exchanges) >= 2, "the submit and at least one query"
    text = repr(exchanges)
    assert attempt.fulfilment_no in text
    for secret in world.account.secrets.values():
        if len(secret) > 12:
            assert secret not in text
    assert all(isinstance(one["ms"], int) for one in exchanges)
