"""What no supplier could tell: all evidence on one page, and a person decides, with a reason."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import Permission
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from kameng.models import Agent
from ledger.services import balance
from orders.models import Fulfilment, FulfilmentEvent, Order
from orders.queries import cards_of_order
from orders.services import apply_outcome, place_order
from suppliers.models import Supplier
from suppliers.outcomes import Outcome, OutcomeKind
from tests import world
from users.models import AuditLog

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(client: Client) -> Client:
    user = world.make_user("clerk", is_staff=True)
    user.user_permissions.add(
        *Permission.objects.filter(
            content_type__app_label="orders",
            codename__in=("view_fulfilment", "change_fulfilment", "view_order"),
        )
    )
    client.force_login(user)
    client.cookies["django_language"] = "en"
    return client


@pytest.fixture
def agent() -> Agent:
    return world.make_agent(balance="100")


@pytest.fixture
def supplier() -> Supplier:
    return Supplier.objects.create(code="remote", name="Remote", adapter="fulu")


def sent(agent: Agent, supplier: Supplier, kind: str, quantity: int = 1) -> Fulfilment:
    sku = world.make_sku(kind, list_price="20")
    world.make_offer(sku, supplier, cost="15")
    order = place_order(
        channel="wholesale",
        buyer=agent.user,
        sku=sku,
        quantity=quantity,
        client_ref=kind,
        account={"phone": "13800000000"} if kind == "topup" else None,
    ).order
    attempt = world.begin(order)
    assert attempt is not None
    return attempt


def says(attempt: Fulfilment, kind: OutcomeKind, **more: object) -> None:
    apply_outcome(fulfilment_id=attempt.pk, outcome=Outcome(kind), source="query", **more)  # type: ignore[arg-type]
    attempt.refresh_from_db()


def act(staff: Client, attempt: Fulfilment, what: str, **form: str):
    url = reverse(f"admin:orders_fulfilment_{what}", args=[attempt.pk])
    return staff.post(url, {"reason": "they said so on the phone", **form})


EXCHANGE = {
    "method": "POST",
    "url": "https://api.example/order",
    "sent": '{"order": "asked"}',
    "status": 500,
    "received": "(12 characters, not readable)",
    "problem": "",
    "ms": 1234,
}


def test_the_order_page_shows_why_each_offer_and_every_exchange_with_its_time(
    staff: Client, agent: Agent, supplier: Supplier
) -> None:
    attempt = sent(agent, supplier, "topup")
    says(attempt, OutcomeKind.UNKNOWN, exchanges=[EXCHANGE])
    for name, pk in (("order", attempt.order_id), ("fulfilment", attempt.pk)):
        page = staff.get(reverse(f"admin:orders_{name}_change", args=[pk])).content.decode()
        for text in (
            "Chosen for 1.",
            "1234 ms",
            "https://api.example/order",
            "asked",
            "It failed…",
            "¥20.00 is paid and waits: 0 of 1 is delivered.",
            "Sent to the supplier. Your money is safe until it is delivered.",
        ):
            assert text in page, (name, text)
    asked = staff.get(reverse("admin:orders_fulfilment_failed", args=[attempt.pk]))
    assert "Remote · " in asked.content.decode(), "whose order it is, beside the question"


def test_nobody_decides_without_the_permission(
    client: Client, agent: Agent, supplier: Supplier
) -> None:
    attempt = sent(agent, supplier, "topup")
    client.force_login(world.make_user("viewer", is_staff=True))
    for what in ("delivered", "failed", "ask"):
        assert act(client, attempt, what).status_code == 403
    attempt.refresh_from_db()
    assert attempt.status == "submitting"


def test_a_decision_without_a_reason_changes_nothing(
    staff: Client, agent: Agent, supplier: Supplier
) -> None:
    attempt = sent(agent, supplier, "topup")
    for what in ("delivered", "failed", "ask"):
        page = act(staff, attempt, what, reason=" ")
        assert page.context["form"].errors["reason"]
    assert not AuditLog.objects.filter(target__startswith="order:").exists()


def test_asking_again_makes_a_query_due_and_is_audited(
    staff: Client, agent: Agent, supplier: Supplier
) -> None:
    attempt = sent(agent, supplier, "topup")
    says(attempt, OutcomeKind.UNKNOWN)
    assert act(staff, attempt, "ask").status_code == 302
    attempt.refresh_from_db()
    assert attempt.due_at is not None
    assert attempt.due_at <= timezone.now()
    assert AuditLog.objects.get(action="ask_supplier_again").reason == "they said so on the phone"


def test_cards_are_delivered_by_hand_with_their_codes_and_the_rest_is_refunded(
    staff: Client, agent: Agent, supplier: Supplier
) -> None:
    attempt = sent(agent, supplier, "card", quantity=3)
    says(attempt, OutcomeKind.UNKNOWN)
    assert act(staff, attempt, "delivered", cards="").context["form"].errors["cards"]
    too_many = act(staff, attempt, "delivered", cards="a\nb\nc\nd")
    assert "3" in str(too_many.context["form"].errors["cards"])
    assert act(staff, attempt, "delivered", cards="N1,S1\nS2").status_code == 302
    order = Order.objects.get()
    assert (order.status, order.delivered_quantity) == ("partially_completed", 2)
    assert [(c.number, c.secret) for c in cards_of_order(order)] == [("N1", "S1"), ("", "S2")]
    assert order.refunded == Decimal(20)
    assert world.books_are_clean()


def test_a_code_that_was_sold_before_is_refused_and_nothing_is_booked(
    staff: Client, agent: Agent, supplier: Supplier
) -> None:
    first = sent(agent, supplier, "card")
    says(first, OutcomeKind.UNKNOWN)
    act(staff, first, "delivered", cards="N1,S1")
    sku = first.order.sku
    order = place_order(
        channel="wholesale", buyer=agent.user, sku=sku, quantity=1, client_ref="again"
    ).order
    second = world.begin(order)
    assert second is not None
    says(second, OutcomeKind.UNKNOWN)
    assert act(staff, second, "delivered", cards="N1,S1").context["form"].errors["cards"]
    order.refresh_from_db()
    assert order.status == "fulfilling"
    assert not AuditLog.objects.filter(target=f"order:{order.order_no}").exists()


def test_nobody_decides_about_what_is_being_sent_at_this_moment(
    staff: Client, agent: Agent, supplier: Supplier
) -> None:
    attempt = sent(agent, supplier, "topup")
    for what in ("delivered", "failed"):
        assert act(staff, attempt, what).context["form"].errors
    attempt.refresh_from_db()
    assert (attempt.status, attempt.order.status) == ("submitting", "fulfilling")
    # The worker died: after the longest that its call could take, a person may decide.
    Fulfilment.objects.update(submitted_at=timezone.now() - timedelta(minutes=2))
    assert act(staff, attempt, "failed").status_code == 302
    assert balance(agent.wallet_id) == Decimal(100)


def test_what_was_never_sent_can_not_have_been_delivered(
    staff: Client, agent: Agent, supplier: Supplier
) -> None:
    attempt = sent(agent, supplier, "topup")
    Fulfilment.objects.update(status="queued", submitted_at=None)
    assert act(staff, attempt, "delivered").context["form"].errors
    act(staff, attempt, "failed")
    assert Order.objects.get().status == "failed"
    assert balance(agent.wallet_id) == Decimal(100)


def test_after_its_limit_a_person_is_asked_and_slow_goods_have_their_own(
    staff: Client, agent: Agent, supplier: Supplier
) -> None:
    attempt = sent(agent, supplier, "topup")
    a_day = timedelta(seconds=supplier.manual_after_seconds + 1)
    Fulfilment.objects.update(submitted_at=timezone.now() - a_day, is_slow=True)
    says(attempt, OutcomeKind.ACCEPTED)
    assert not attempt.needs_decision
    Fulfilment.objects.update(is_slow=False)
    says(attempt, OutcomeKind.ACCEPTED)
    assert (attempt.needs_decision, attempt.order.status) == (True, "fulfilling")
    listed = staff.get(reverse("admin:orders_fulfilment_changelist"), {"needs": "decision"})
    assert attempt.fulfilment_no in listed.content.decode()


def test_late_successes_have_a_list(staff: Client, agent: Agent, supplier: Supplier) -> None:
    attempt = sent(agent, supplier, "topup")
    says(attempt, OutcomeKind.REJECTED)
    says(attempt, OutcomeKind.DELIVERED)
    assert attempt.late_success_at is not None
    listed = staff.get(reverse("admin:orders_fulfilment_changelist"), {"needs": "late"})
    assert attempt.fulfilment_no in listed.content.decode()
    assert world.books_are_clean()


def test_not_found_counts_from_when_the_send_was_over_and_when_it_was_asked(
    agent: Agent, supplier: Supplier
) -> None:
    attempt = sent(agent, supplier, "topup")
    long_ago = timezone.now() - timedelta(seconds=supplier.settling_seconds + 5)
    Fulfilment.objects.update(submitted_at=long_ago)
    says(attempt, OutcomeKind.NOT_FOUND)  # the worker may have been held up while sending
    assert attempt.status == "unknown"
    Fulfilment.objects.update(submit_ended_at=long_ago)
    says(attempt, OutcomeKind.NOT_FOUND, asked_at=long_ago)  # asked before, answered late
    assert attempt.status == "unknown"
    says(attempt, OutcomeKind.NOT_FOUND)
    assert attempt.status == "failed"
    assert Order.objects.get().status == "failed"


def test_what_was_accepted_once_is_never_simply_not_found(agent: Agent, supplier: Supplier) -> None:
    attempt = sent(agent, supplier, "topup")
    says(attempt, OutcomeKind.ACCEPTED)
    Fulfilment.objects.update(submit_ended_at=timezone.now() - timedelta(days=1))
    says(attempt, OutcomeKind.NOT_FOUND)
    assert attempt.status == "accepted"


def test_evidence_is_never_rewritten(agent: Agent, supplier: Supplier) -> None:
    attempt = sent(agent, supplier, "topup")
    says(attempt, OutcomeKind.UNKNOWN)
    with pytest.raises(DatabaseError), transaction.atomic():
        FulfilmentEvent.objects.update(code="x")
