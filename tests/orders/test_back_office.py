"""Staff: refunds with a reason, and decisions about what no supplier could tell."""

from __future__ import annotations

from decimal import Decimal
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from kameng.models import Agent
from ledger.services import balance
from orders.models import Fulfilment, Order
from orders.services import apply_outcome, place_order
from suppliers.models import Supplier
from suppliers.outcomes import Outcome, OutcomeKind
from tests import world
from users.models import AuditLog

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(client: Client) -> Client:
    client.force_login(world.make_user("staff", is_staff=True, is_superuser=True))
    return client


@pytest.fixture
def agent() -> Agent:
    return world.make_agent(balance="100")


@pytest.fixture
def stuck(agent: Agent) -> Fulfilment:
    """A top-up whose outcome nobody knows."""
    sku = world.make_sku("topup", list_price="50")
    supplier = Supplier.objects.create(code="remote", name="x", adapter="fulu")
    world.make_offer(sku, supplier, cost="45")
    order = place_order(
        channel="wholesale",
        buyer=agent.user,
        sku=sku,
        quantity=1,
        client_ref="t1",
        account={"phone": "13800000000"},
    ).order
    fulfilment = world.begin(order)
    assert fulfilment is not None
    apply_outcome(
        fulfilment_id=fulfilment.pk, outcome=Outcome(OutcomeKind.UNKNOWN), source="submit"
    )
    return fulfilment


def decide(staff: Client, fulfilment: Fulfilment, decision: str, reason: str = "asked them"):
    name = {"delivered": "delivered", "rejected": "failed"}[decision]
    url = reverse(f"admin:orders_fulfilment_{name}", args=[fulfilment.pk])
    return staff.post(url, {"reason": reason})


def test_staff_say_that_it_was_not_delivered_and_the_buyer_is_refunded(
    staff: Client, agent: Agent, stuck: Fulfilment
) -> None:
    assert decide(staff, stuck, "rejected").status_code == 302
    stuck.order.refresh_from_db()
    assert stuck.order.status == "failed"
    assert balance(agent.wallet_id) == Decimal(100)
    assert AuditLog.objects.get(action="decide_fulfilment").reason == "asked them"
    assert world.books_are_clean()


def test_staff_say_that_it_was_delivered_and_the_order_completes(
    staff: Client, agent: Agent, stuck: Fulfilment
) -> None:
    decide(staff, stuck, "delivered")
    stuck.order.refresh_from_db()
    assert stuck.order.status == "completed"
    assert world.books_are_clean()


def test_a_decision_needs_a_reason(staff: Client, stuck: Fulfilment) -> None:
    assert decide(staff, stuck, "rejected", "").status_code == 200
    stuck.refresh_from_db()
    assert stuck.status == "unknown"


def test_a_decision_is_taken_once(staff: Client, agent: Agent, stuck: Fulfilment) -> None:
    decide(staff, stuck, "delivered")
    decide(staff, stuck, "rejected")
    stuck.refresh_from_db()
    assert stuck.status == "succeeded"
    assert balance(agent.wallet_id) == Decimal(50)


def test_a_refund_is_booked_with_its_reason(staff: Client, agent: Agent) -> None:
    sku = world.make_sku(list_price="40")
    world.stock_cards(sku, 2, unit_cost="30")
    order = place_order(
        channel="wholesale", buyer=agent.user, sku=sku, quantity=2, client_ref="r1"
    ).order
    url = reverse("admin:orders_order_refund", args=[order.pk])
    assert staff.get(url).status_code == 200
    once = {"request_ref": str(uuid4()), "amount": "40.00", "quantity": "1", "reason": "used"}
    for _ in range(2):  # a double click
        staff.post(url, once)
    order.refresh_from_db()
    assert (order.refunded, balance(agent.wallet_id)) == (Decimal(40), Decimal(60))
    refused = staff.post(url, {**once, "request_ref": str(uuid4()), "amount": "40.01"})
    assert "amount" in refused.context["form"].errors
    assert world.books_are_clean()


@pytest.mark.parametrize("model", ["order", "fulfilment"])
def test_the_lists_open(staff: Client, stuck: Fulfilment, model: str) -> None:
    assert staff.get(reverse(f"admin:orders_{model}_changelist")).status_code == 200
    pk = stuck.pk if model == "fulfilment" else Order.objects.get().pk
    assert staff.get(reverse(f"admin:orders_{model}_change", args=[pk])).status_code == 200


def test_staff_without_the_permission_can_neither_refund_nor_decide(
    client: Client, stuck: Fulfilment
) -> None:
    client.force_login(world.make_user("clerk", is_staff=True))
    assert decide(client, stuck, "rejected").status_code == 403
    url = reverse("admin:orders_order_refund", args=[stuck.order_id])
    assert client.post(url, {}).status_code == 403


def test_a_handled_order_leaves_the_list_with_its_reason(staff: Client, stuck: Fulfilment) -> None:
    Order.objects.filter(pk=stuck.order_id).update(needs_attention=True)
    url = reverse("admin:orders_order_handled", args=[stuck.order_id])
    assert staff.post(url, {"reason": ""}).status_code == 200
    assert Order.objects.get().needs_attention
    assert staff.post(url, {"reason": "asked the supplier"}).status_code == 302
    assert not Order.objects.get().needs_attention
    assert AuditLog.objects.get(action="mark_handled").reason == "asked the supplier"
