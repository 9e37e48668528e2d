"""A supplier goes bad, is paused, is tried and comes back: over HTTP with the real sandbox.

Each test places real orders, lets the workers' code run at once, and looks as beat would.
"""

from __future__ import annotations

import itertools
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from catalog.models import SKU
from kameng.models import Agent
from orders.models import UNDECIDED, Fulfilment, Order
from orders.services import ask_soon, measure_suppliers, place_order, watch_suppliers
from outbound.limits import Line, forget
from suppliers.alerts import services as alerts
from suppliers.errors import NotPaused
from suppliers.health.balances import ask_for_balances, read_balance
from suppliers.health.pausing import resume, try_now
from suppliers.models import (
    Alert,
    AlertCause,
    BalanceReading,
    HealthRule,
    Offer,
    PauseCause,
    Supplier,
    SupplierHour,
    SupplierPause,
    SupplierStat,
)
from suppliers.services import close_supplier, open_supplier
from tests import world
from tests.sandboxes import SandboxProcess, wait_until

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("tasks_at_once"),
]

_refs = itertools.count(1)


@pytest.fixture
def first(sandbox_suppliers: list[Supplier], supplier_sandbox: SandboxProcess) -> Supplier:
    """The supplier that goes first. No callbacks: each test asks when it wants to know."""
    supplier_sandbox.settings(
        delay_scale=0.1,
        callback_base="http://127.0.0.1:9",
        timestamp_tolerance_seconds=1_000_000,  # the tests' clock runs ahead of the sandbox's
    )
    return sandbox_suppliers[0]


@pytest.fixture
def agent() -> Agent:
    return world.make_agent(balance="5000")


def order(agent: Agent, sku: SKU, ending: str, prefix: str = "138") -> Order:
    """A top-up of a number of its own that ends so."""
    number = next(_refs)
    return place_order(
        channel="wholesale",
        buyer=agent.user,
        sku=sku,
        quantity=1,
        client_ref=f"w{number}",
        account={"phone": f"{prefix}{number:04d}{ending}"},
    ).order


def decided(orders: list[Order]) -> None:
    """Ask about each until all are final."""
    keys = [one.pk for one in orders]

    def all_final() -> bool:
        open_orders = Order.objects.open().filter(pk__in=keys)
        undecided = Fulfilment.objects.filter(order__in=open_orders, status__in=UNDECIDED)
        for attempt in undecided.select_related("supplier"):
            ask_soon(fulfilment=attempt)
        return not open_orders.exists()

    wait_until(all_final, seconds=20)


def pause_of(supplier: Supplier) -> SupplierPause | None:
    return SupplierPause.objects.filter(supplier=supplier, ended_at=None).first()


def open_alerts() -> set[str]:
    return set(Alert.objects.filter(ended_at=None).values_list("cause", flat=True))


def first_tries(orders: list[Order]) -> list[str]:
    """Which supplier each order went to first."""
    return [
        Fulfilment.objects.filter(order=one).order_by("id").values_list("supplier__code")[0][0]
        for one in orders
    ]


def later(minutes: float) -> Any:
    """The clock, so much further; it goes on from there."""
    return time_machine.travel(timezone.now() + timedelta(minutes=minutes), tick=True)


def test_a_burst_of_failures_pauses_and_a_good_trial_reopens(
    first: Supplier, agent: Agent, topup_sku: SKU
) -> None:
    bad = [order(agent, topup_sku, "0009") for _ in range(5)]  # refused by the first only
    decided(bad)
    watch_suppliers()

    pause = pause_of(first)
    assert pause is not None
    assert (pause.cause, pause.facts) == (PauseCause.FAILURES, {"failed": "5", "decided": "5"})
    assert open_alerts() == {AlertCause.FAILURES}
    assert first_tries([order(agent, topup_sku, "1111")]) == ["fulu-b"]

    watch_suppliers()
    assert pause_of(first) == pause, "too early for a trial"
    assert not pause_of(first).is_on_trial  # type: ignore[union-attr]

    with later(6):
        watch_suppliers()
        good = [order(agent, topup_sku, "2222") for _ in range(5)]
        assert first_tries(good) == ["fulu-a"] * 3 + ["fulu-b"] * 2, "a few orders first"
        decided(good)
        watch_suppliers()
        assert pause_of(first) is None
        assert open_alerts() == set()
        watch_suppliers()
        assert pause_of(first) is None, "what led to the pause doesn't lead to the next"
        assert first_tries([order(agent, topup_sku, "3333")]) == ["fulu-a"]
    pause.refresh_from_db()
    assert (pause.ended_by, pause.failed_trials) == (None, 0)
    assert world.books_are_clean()


def test_a_failed_trial_shuts_again_and_waits_longer(
    first: Supplier, agent: Agent, topup_sku: SKU
) -> None:
    decided([order(agent, topup_sku, "0009") for _ in range(5)])
    watch_suppliers()
    with later(6):
        watch_suppliers()
        trial = order(agent, topup_sku, "0009")
        decided([trial])
        watch_suppliers()
        pause = pause_of(first)
        assert pause is not None
        assert (pause.trial_at, pause.trial_slots, pause.failed_trials) == (None, 0, 1)
        wait = pause.retry_at - timezone.now()
        assert timedelta(minutes=9) < wait <= timedelta(minutes=10)
        assert first_tries([order(agent, topup_sku, "1111")]) == ["fulu-b"]
    assert Alert.objects.count() == 1, "told once, however long it lasts"


def test_hanging_answers_pause_for_silence_and_nothing_is_lost(
    first: Supplier, agent: Agent, topup_sku: SKU
) -> None:
    first.read_timeout_seconds = 0.2
    first.save()
    hanging = [order(agent, topup_sku, "0003") for _ in range(4)]
    watch_suppliers()
    pause = pause_of(first)
    assert pause is not None
    assert (pause.cause, pause.facts) == (PauseCause.SILENCE, {"count": "4"})
    decided(hanging)  # followed up as before: the query says that they were delivered
    assert {Order.objects.get(pk=one.pk).status for one in hanging} == {"completed"}
    assert world.books_are_clean()


def test_unreadable_answers_pause_for_unknown_results(
    first: Supplier, agent: Agent, topup_sku: SKU
) -> None:
    for _ in range(5):
        order(agent, topup_sku, "0007")
    watch_suppliers()
    pause = pause_of(first)
    assert pause is not None
    assert (pause.cause, pause.facts) == (PauseCause.UNKNOWN, {"unknown": "5", "attempts": "5"})


def test_an_exhausted_balance_pauses_until_the_money_has_arrived(
    first: Supplier, agent: Agent, topup_sku: SKU, supplier_sandbox: SandboxProcess
) -> None:
    supplier_sandbox.settings(balances={"fulu-a": "44.99"})  # its offer costs 45
    assert read_balance(supplier_id=first.pk) == Decimal("44.99")
    watch_suppliers()
    pause = pause_of(first)
    assert pause is not None
    assert pause.cause == PauseCause.BALANCE
    assert AlertCause.BALANCE in open_alerts()
    with later(30):
        watch_suppliers()
        assert not pause_of(first).is_on_trial, "time alone brings no money"  # type: ignore[union-attr]

    supplier_sandbox.settings(balances={"fulu-a": "500"})
    read_balance(supplier_id=first.pk)
    watch_suppliers()
    assert pause_of(first).is_on_trial, "at once when it is there"  # type: ignore[union-attr]
    good = [order(agent, topup_sku, "1111") for _ in range(3)]
    decided(good)
    watch_suppliers()
    assert pause_of(first) is None
    assert AlertCause.BALANCE not in open_alerts()


def test_a_persons_closing_is_never_opened_by_itself(
    first: Supplier, agent: Agent, topup_sku: SKU
) -> None:
    decided([order(agent, topup_sku, "0009") for _ in range(5)])
    watch_suppliers()
    close_supplier(supplier=first, actor=agent.user, reason="contract ended")
    with later(600):
        watch_suppliers()
        first.refresh_from_db()
        assert (first.is_open, first.closed_reason) == (False, "contract ended")
        assert not pause_of(first).is_on_trial  # type: ignore[union-attr]
        assert first_tries([order(agent, topup_sku, "1111")]) == ["fulu-b"]

        open_supplier(supplier=first, actor=agent.user, reason="contract renewed")
        assert pause_of(first) is None, "opened by a person is open"
        watch_suppliers()
        assert pause_of(first) is None
        assert first_tries([order(agent, topup_sku, "1112")]) == ["fulu-a"]


def test_a_person_overrides_and_the_machine_keeps_still_for_so_long(
    first: Supplier, agent: Agent, topup_sku: SKU
) -> None:
    decided([order(agent, topup_sku, "0009") for _ in range(5)])
    watch_suppliers()
    resume(supplier=first, actor=agent.user, reason="they say it is mended", hold_hours=2)
    pause = SupplierPause.objects.get()
    assert (pause.ended_by, pause.end_reason) == (agent.user, "they say it is mended")

    decided([order(agent, topup_sku, "0009") for _ in range(5)])
    watch_suppliers()
    assert pause_of(first) is None
    assert open_alerts() == {AlertCause.FAILURES}, "told, though not paused"
    with pytest.raises(NotPaused):
        resume(supplier=first, actor=agent.user, reason="again", hold_hours=0)
    with later(121):
        decided([order(agent, topup_sku, "0009") for _ in range(5)])
        watch_suppliers()
        assert pause_of(first) is not None


def test_a_person_can_start_the_trial_at_once(
    first: Supplier, agent: Agent, topup_sku: SKU
) -> None:
    decided([order(agent, topup_sku, "0009") for _ in range(5)])
    watch_suppliers()
    try_now(supplier=first, actor=agent.user, reason="they called")
    assert first_tries([order(agent, topup_sku, "1111") for _ in range(4)]) == [
        *["fulu-a"] * 3,
        "fulu-b",
    ]


def test_without_automatic_pauses_staff_are_told_and_orders_go_on(
    first: Supplier, agent: Agent, topup_sku: SKU
) -> None:
    HealthRule.objects.create(supplier=first, pauses_automatically=False)
    decided([order(agent, topup_sku, "0009") for _ in range(5)])
    watch_suppliers()
    assert pause_of(first) is None
    assert open_alerts() == {AlertCause.FAILURES}
    with later(60):  # nothing of it is recent any more
        watch_suppliers()
        assert open_alerts() == set()


def test_balances_are_asked_for_when_they_are_due_and_kept_over_time(
    first: Supplier, supplier_sandbox: SandboxProcess
) -> None:
    supplier_sandbox.settings(balances={"fulu-a": "300.50", "fulu-b": "7"})
    assert ask_for_balances() == 2
    assert ask_for_balances() == 0, "not due yet"
    supplier_sandbox.settings(balances={"fulu-a": "200"})
    with later(6):
        assert ask_for_balances() == 2
    readings = BalanceReading.objects.filter(supplier=first).order_by("id")
    assert [row.balance for row in readings] == [Decimal("300.50"), Decimal(200)]
    assert first.stat.balance == Decimal(200)


def test_an_answer_that_comes_late_does_not_replace_a_newer_one(first: Supplier) -> None:
    read_balance(supplier_id=first.pk)
    newer = timezone.now() + timedelta(minutes=1)
    SupplierStat.objects.filter(supplier=first).update(balance=1, balance_at=newer)
    read_balance(supplier_id=first.pk)
    assert SupplierStat.objects.get(supplier=first).balance == 1


def test_a_low_balance_is_told_once_and_its_end_too(
    first: Supplier, supplier_sandbox: SandboxProcess
) -> None:
    HealthRule.objects.create(supplier=first, low_balance=100)
    for balance in ("99", "98", "105"):  # 105: above the line, and not clearly
        supplier_sandbox.settings(balances={"fulu-a": balance})
        read_balance(supplier_id=first.pk)
        assert Alert.objects.get().ended_at is None
    assert Alert.objects.get().facts["balance"] == "99"
    supplier_sandbox.settings(balances={"fulu-a": "111"})
    read_balance(supplier_id=first.pk)
    assert Alert.objects.get().ended_at is not None


def test_a_supplier_that_stops_telling_its_balance_is_told_of(
    first: Supplier, supplier_sandbox: SandboxProcess
) -> None:
    read_balance(supplier_id=first.pk)
    first.base_url = "http://127.0.0.1:9"
    first.save()
    for _ in range(6):
        read_balance(supplier_id=first.pk)
    assert open_alerts() == {AlertCause.BALANCE_UNREAD}
    assert first.stat.balance == Decimal("1000000"), "the last known stays"
    first.base_url = supplier_sandbox.base_url
    first.save()
    forget(Line(f"supplier:{first.code}"))  # its circuit would let a question through only later
    read_balance(supplier_id=first.pk)
    assert open_alerts() == set()


def test_counts_of_the_hour_and_the_forecast_come_from_real_attempts(
    first: Supplier, agent: Agent, topup_sku: SKU, supplier_sandbox: SandboxProcess
) -> None:
    supplier_sandbox.settings(balances={"fulu-a": "1000"})
    read_balance(supplier_id=first.pk)
    decided([order(agent, topup_sku, ending) for ending in ("1111", "1112", "0009", "0003")])
    measure_suppliers()
    measure_suppliers()

    hours = SupplierHour.objects.filter(supplier=first)
    counts = [sum(getattr(h, name) for h in hours) for name in ("attempts", "succeeded", "failed")]
    assert counts == [4, 3, 1]
    assert sum(hour.unknown for hour in hours) == 1
    stat = SupplierStat.objects.get(supplier=first)
    assert stat.success_rate == Decimal("0.75")
    assert stat.unknown_rate == Decimal("0.25")
    assert stat.undecided == 0
    # What the supplier charged: 50 × 0.965, three times.
    assert stat.spent_day == Decimal("144.75")
    assert stat.spend_per_hour == Decimal("144.75")
    assert stat.p95_seconds is not None
    assert open_alerts() == {AlertCause.LOW_BALANCE}, "1000 lasts seven hours"
    facts = Alert.objects.get(cause=AlertCause.LOW_BALANCE).facts
    assert 6 < float(facts["lasts_hours"]) < 8


def test_alerts_of_other_causes_are_left_alone(
    first: Supplier, agent: Agent, topup_sku: SKU
) -> None:
    alerts.begin(AlertCause.GONE, supplier=first, facts={}, offer=Offer.objects.first())
    watch_suppliers()
    assert open_alerts() == {AlertCause.GONE}
