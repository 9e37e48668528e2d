"""Scheduled orders: when they run, that they run once, and why one is left out."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from config.celery import app as celery_app
from kameng.buying_errors import PlanInvalid, PlanNotChangeable
from kameng.forms.buying import new_client_ref
from kameng.models import OrderPlan, PlanRhythm, PlanRun, TierPrice
from kameng.plan_times import Rhythm, Schedule
from kameng.queries.plans import coming_runs
from kameng.services.agents import suspend_agent
from kameng.services.plans import (
    PlanOrder,
    PlanTimes,
    cancel_plan,
    make_plan,
    pause_plan,
    resume_plan,
    run_plan,
    spent_by,
    sweep_plans,
)
from ledger.services import balance
from orders.models import Order
from tests import world
from tests.threads import in_threads
from users.models import Notice

SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")


def days(first: str, rhythm: str, count: int, zone: ZoneInfo = SHANGHAI, **more) -> list[str]:
    schedule = Schedule(datetime.fromisoformat(first), Rhythm(rhythm), zone, **more)
    runs = islice(schedule.from_number(0), count)
    return [f"{at.astimezone(zone):%Y-%m-%d %H:%M}" for _number, at in runs]


def test_a_month_without_the_day_runs_on_its_last_and_the_next_goes_back() -> None:
    assert days("2027-01-31 09:00", "monthly", 4) == [
        "2027-01-31 09:00", "2027-02-28 09:00", "2027-03-31 09:00", "2027-04-30 09:00",
    ]  # fmt: skip
    assert days("2027-12-31 09:00", "monthly", 3)[2] == "2028-02-29 09:00"


def test_days_and_weeks_follow_and_the_last_day_counts() -> None:
    assert days("2026-12-30 23:30", "daily", 3) == [
        "2026-12-30 23:30", "2026-12-31 23:30", "2027-01-01 23:30",
    ]  # fmt: skip
    assert days("2026-12-30 08:00", "weekly", 9, end_on=date(2027, 1, 6)) == [
        "2026-12-30 08:00", "2027-01-06 08:00",
    ]  # fmt: skip
    assert days("2026-12-30 08:00", "once", 9) == ["2026-12-30 08:00"]


def test_clocks_that_are_put_forward_or_back_move_no_other_run() -> None:
    spring = days("2027-03-27 02:30", "daily", 3, BERLIN)
    assert spring == ["2027-03-27 02:30", "2027-03-28 03:30", "2027-03-29 02:30"]
    schedule = Schedule(datetime.fromisoformat("2027-10-30 02:30"), Rhythm.DAILY, BERLIN)
    moments = [at for _number, at in islice(schedule.from_number(0), 3)]
    assert moments[1] == datetime(2027, 10, 31, 0, 30, tzinfo=UTC)
    assert len(set(moments)) == 3


def test_the_first_run_after_a_moment_skips_what_has_passed() -> None:
    schedule = Schedule(datetime.fromisoformat("2027-01-01 09:00"), Rhythm.DAILY, SHANGHAI)
    found = schedule.after(datetime(2027, 1, 3, 1, tzinfo=UTC))
    assert found == (3, datetime(2027, 1, 4, 1, tzinfo=UTC))


pytestmark = pytest.mark.django_db
NOW = datetime(2027, 1, 30, 1, 0, tzinfo=UTC)  # 09:00 in Beijing


@pytest.fixture(autouse=True)
def lost_hints():
    celery_app.conf.task_always_eager = False


@pytest.fixture
def agent(chain):
    return chain[2]


@pytest.fixture
def clock(card):
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def plan_of(agent, sku, quantity: int = 1, most: str | None = None, **times) -> OrderPlan:
    return make_plan(
        agent=agent,
        ref=new_client_ref(),
        title="",
        order=PlanOrder(sku, quantity, {}, Decimal(most) if most else None),
        times=PlanTimes(NOW + timedelta(hours=1), **{"rhythm": PlanRhythm.DAILY, **times}),
        language="en",
    )


def run_next(plan: OrderPlan, clock) -> PlanRun:
    plan.refresh_from_db()
    assert plan.next_at
    clock.move_to(plan.next_at)
    run = run_plan(plan_id=plan.pk)
    plan.refresh_from_db()
    assert run
    return run


def test_a_run_is_an_ordinary_order_and_the_next_is_planned(agent, card, clock) -> None:
    plan = plan_of(agent, card, 2)
    assert run_plan(plan_id=plan.pk) is None
    assert sweep_plans() == 0
    run = run_next(plan, clock)
    assert run.order
    assert (run.order.client_ref, run.order.total) == (f"plan-{plan.pk}-1", Decimal(190))
    assert run_plan(plan_id=plan.pk) is None
    assert plan.next_at == NOW + timedelta(hours=25)
    clock.move_to(plan.next_at)
    assert (sweep_plans(), sweep_plans()) == (1, 0)
    assert balance(agent.wallet_id) == 810
    assert world.books_are_clean()


@pytest.mark.parametrize(
    ("trouble", "code"),
    [
        ("price", "price_changed"),
        ("stock", "out_of_stock"),
        ("balance", "insufficient_balance"),
        ("sale", "unknown_sku"),
        ("suspended", "agent_suspended"),
        ("late", "missed"),
    ],
)
def test_a_run_that_cannot_be_is_left_out_and_told(agent, card, clock, trouble, code) -> None:
    plan = plan_of(agent, card, 21 if trouble == "stock" else 1, most="95")
    match trouble:
        case "price":
            TierPrice.objects.filter(sku=card, tier=agent.tier).update(price=Decimal(96))
        case "stock":
            world.pay_in(agent.wallet_id, "9000")
        case "balance":
            OrderPlan.objects.update(quantity=11)
        case "sale":
            type(card).objects.filter(pk=card.pk).update(is_on_sale=False)
        case "suspended":
            suspend_agent(agent=agent, actor=agent.user, reason="test")
        case "late":
            clock.move_to(NOW + timedelta(hours=8))
    before = balance(agent.wallet_id)
    run = run_plan(plan_id=plan.pk) if trouble == "late" else run_next(plan, clock)
    assert run
    assert run.problem
    assert run.problem["code"] == code
    plan.refresh_from_db()
    assert plan.status == "active"
    assert plan.next_at == NOW + timedelta(hours=25)
    assert not Order.objects.exists()
    assert balance(agent.wallet_id) == before
    notice = Notice.objects.get(user=agent.user, kind="wholesale.plan_skipped")
    assert notice.facts["plan"] == plan.pk
    if trouble == "price":
        assert "¥96.00, above your limit of ¥95.00" in str(run.problem["detail"])


def test_it_ends_after_so_many_orders_its_last_day_or_its_budget(agent, card, clock) -> None:
    twice = plan_of(agent, card, max_orders=2)
    assert [run.at for run in coming_runs(twice)] == [
        NOW + timedelta(hours=1), NOW + timedelta(hours=25),
    ]  # fmt: skip
    run_next(twice, clock)
    run_next(twice, clock)
    assert (twice.status, twice.ended_why) == ("finished", "count")
    clock.move_to(NOW)
    once = plan_of(agent, card, rhythm=PlanRhythm.ONCE)
    run_next(once, clock)
    assert (once.status, once.ended_why) == ("finished", "done")
    clock.move_to(NOW)
    bounded = plan_of(agent, card, budget=Decimal(200), most="100")
    run_next(bounded, clock)
    run_next(bounded, clock)
    assert (bounded.status, spent_by(bounded)) == ("active", Decimal(190))
    last = run_next(bounded, clock)
    assert last.problem
    assert last.problem["code"] == "budget_spent"
    assert (bounded.status, bounded.ended_why) == ("finished", "budget")
    assert Order.objects.count() == 5
    assert world.books_are_clean()


def test_paused_nothing_runs_and_what_was_missed_is_not_made_up_for(agent, card, clock) -> None:
    plan = plan_of(agent, card)
    pause_plan(plan=plan, actor=agent.user)
    clock.move_to(NOW + timedelta(days=3))
    assert run_plan(plan_id=plan.pk) is None
    resume_plan(plan=plan, actor=agent.user)
    plan.refresh_from_db()
    assert plan.next_at == NOW + timedelta(days=3, hours=1)
    cancel_plan(plan=plan, actor=agent.user)
    for change in (pause_plan, resume_plan, cancel_plan):
        with pytest.raises(PlanNotChangeable):
            change(plan=plan, actor=agent.user)
    assert not Order.objects.exists()


def test_a_schedule_in_the_past_or_without_a_run_is_refused(agent, card, clock) -> None:
    for times in (
        {"end_on": date(2027, 1, 29)},
        {"first": NOW - timedelta(minutes=1)},
        {"first": NOW + timedelta(days=400)},
    ):
        first = times.pop("first", NOW + timedelta(hours=1))
        with pytest.raises(PlanInvalid):
            make_plan(
                agent=agent,
                ref="x",
                title="",
                order=PlanOrder(card, 1),
                times=PlanTimes(first, PlanRhythm.DAILY, **times),  # type: ignore[arg-type]
                language="en",
            )


@pytest.mark.django_db(transaction=True)
def test_two_workers_run_it_once(agent, card) -> None:
    plan = make_plan(
        agent=agent,
        ref="x",
        title="",
        order=PlanOrder(card, 1),
        times=PlanTimes(timezone.now() + timedelta(hours=1), PlanRhythm.DAILY),
        language="en",
    )
    now = timezone.now()
    OrderPlan.objects.update(next_at=now, due_at=now, first_at=now)
    in_threads(lambda _: run_plan(plan_id=plan.pk), range(6), threads=6)
    assert (PlanRun.objects.count(), Order.objects.count()) == (1, 1)
    assert balance(agent.wallet_id) == 905
    assert world.books_are_clean()


def test_it_is_made_in_the_portal_in_two_presses_and_stopped(browser, chain, agent, card) -> None:
    portal = browser(agent)
    new = reverse("kameng:new_plan", args=[card.product.code])
    assert "95.00" in portal.get(new, {"sku": card.code}).content.decode()
    day = timezone.localdate() + timedelta(days=2)
    form = {
        "client_ref": new_client_ref(),
        "sku": card.code,
        "quantity": 2,
        "rhythm": "weekly",
        "day": day.isoformat(),
        "clock": "09:30",
        "max_unit_price": "100",
        "budget": "1000",
    }
    looked = portal.post(new, {**form, "do": "look"}).content.decode()
    assert f"{day + timedelta(days=7)} 09:30" in looked
    assert "¥190.00" in looked
    assert not OrderPlan.objects.exists()
    kept = portal.post(new, {**form, "do": "keep"})
    plan = OrderPlan.objects.get()
    assert kept["Location"] == reverse("kameng:plan", args=[plan.pk])
    portal.post(new, {**form, "do": "keep"})
    assert OrderPlan.objects.count() == 1
    for wrong in ({"day": "2020-01-01"}, {"clock": "25:00"}, {"quantity": "0"}, {"budget": "-1"}):
        answer = portal.post(new, {**form, "client_ref": new_client_ref(), "do": "keep", **wrong})
        assert answer.status_code == 422, wrong
    assert OrderPlan.objects.count() == 1
    change = reverse("kameng:change_plan", args=[plan.pk])
    stranger = browser(chain[1])
    assert stranger.get(kept["Location"]).status_code == 404
    assert stranger.post(change, {"do": "cancel"}).status_code == 404
    portal.post(change, {"do": "pause"})
    assert "Paused" in portal.get(reverse("kameng:plans")).content.decode()
    portal.post(change, {"do": "cancel"})
    page = portal.get(kept["Location"]).content.decode()
    assert "No run yet" in page
    plan.refresh_from_db()
    assert plan.status == "cancelled"
