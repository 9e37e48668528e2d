"""Monthly top-ups: agreed to, reminded of, made exactly once a month, never charged by surprise."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from catalog.models import SKU, Carrier
from kalegou.errors import PlanInvalid
from kalegou.models import Member, PauseWhy, PlanStatus, TopupPlan, TopupPlanRun
from kalegou.plan_days import first_month, month_after, month_of, run_at
from kalegou.services.plan_runs import sweep_plans, tell_of_run, work_on_plan
from kalegou.services.plans import (
    Wish,
    consent_text,
    make_plan,
    pause_plan,
    resume_plan,
    stop_plan,
)
from ledger import services as ledger
from orders.models import Order
from orders.services import apply_outcome
from suppliers.outcomes import Outcome, OutcomeKind
from tests import world
from tests.kalegou import shop
from tests.threads import in_threads
from users.models import AuditLog, Notice

pytestmark = pytest.mark.django_db
NOW = datetime(2027, 1, 10, 4, 0, tzinfo=UTC)  # noon in Beijing


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def sku(clock: time_machine.Traveller) -> SKU:
    return shop.make_carrier(Carrier.MOBILE, 50)[0]


@pytest.fixture
def member(sku: SKU) -> Member:
    return shop.make_member("100")


def agree(member: Member, sku: SKU, *, day: int = 15, most: str = "50") -> TopupPlan:
    wish = Wish(sku, shop.MOBILE_NUMBER, day, Decimal(most))
    return make_plan(
        member=member,
        ref=f"ref-{day}",
        wish=wish,
        price=Decimal("49.50"),
        consent=consent_text(wish),
        language="zh-hans",
    )


def work(plan: TopupPlan, clock: time_machine.Traveller, *moments: str) -> None:
    """Let a worker look at these moments (Beijing)."""
    for moment in moments:
        clock.move_to(datetime.fromisoformat(f"{moment}+08:00"))
        sweep_plans()
        work_on_plan(plan_id=plan.pk)


def told(member: Member) -> list[str]:
    notices = Notice.objects.filter(user=member.user).order_by("pk")
    return [notice.kind.removeprefix("retail.topup_plan_") for notice in notices]


def test_it_is_reminded_two_days_before_and_made_once(member, sku, clock) -> None:
    plan = agree(member, sku)
    work(plan, clock, "2027-01-13T09:59", "2027-01-13T10:00", "2027-01-13T10:01")
    assert told(member) == ["soon"]
    assert not Order.objects.exists()
    work(plan, clock, "2027-01-15T10:00", "2027-01-15T10:01", "2027-01-16T10:00")
    order = Order.objects.get()
    assert (order.total, order.account) == (Decimal("49.5000"), {"phone": shop.MOBILE_NUMBER})
    assert ledger.available(member.wallet_id) == Decimal("50.50")
    work(plan, clock, "2027-02-13T10:00", "2027-02-15T10:00")
    assert [run.month for run in plan.runs.all()] == [date(2027, 2, 1), date(2027, 1, 1)]
    assert Order.objects.count() == 2


@given(
    st.dates(date(2026, 1, 1), date(2032, 12, 31)).map(
        lambda day: datetime.combine(day, time(2), UTC)
    ),
    st.integers(min_value=1, max_value=31),
)
def test_every_month_has_one_day_and_it_is_the_last_one_when_it_is_missing(after, day) -> None:
    month = first_month(after, day)
    assert run_at(month, day) > after
    assert month in (month_of(after), month_after(month_of(after)))
    for _number in range(14):
        at = timezone.localtime(run_at(month, day))
        assert at.date().replace(day=1) == month
        assert at.day == day or (at.date() + timedelta(days=1)).day == 1
        month = month_after(month)


@pytest.mark.django_db(transaction=True)
def test_many_workers_at_once_make_one_order(clock) -> None:
    sku = shop.make_carrier(Carrier.MOBILE, 50)[0]
    member = shop.make_member("500")
    plan = agree(member, sku)
    work(plan, clock, "2027-01-13T10:00")
    clock.move_to(datetime(2027, 1, 15, 2, 0, tzinfo=UTC))
    in_threads(lambda _number: work_on_plan(plan_id=plan.pk), range(6), threads=6)
    assert (Order.objects.count(), TopupPlanRun.objects.count()) == (1, 1)
    assert ledger.available(member.wallet_id) == Decimal("450.50")
    assert world.ledger_is_clean()


def test_too_little_money_is_said_before_and_charges_nothing(member, sku, clock) -> None:
    world.pay_in(member.wallet_id, "-60")
    plan = agree(member, sku)
    work(plan, clock, "2027-01-13T10:00", "2027-01-15T10:00")
    assert told(member) == ["short", "skipped"]
    # Money that comes later isn't taken by itself: the month is over.
    world.pay_in(member.wallet_id, "500")
    work(plan, clock, "2027-01-15T10:05", "2027-01-20T10:00")
    assert not Order.objects.exists()
    work(plan, clock, "2027-02-13T10:00", "2027-02-15T10:00")
    assert Order.objects.count() == 1


def test_a_price_above_what_was_agreed_to_is_never_paid(member, sku, clock) -> None:
    plan = agree(member, sku)
    SKU.objects.filter(pk=sku.pk).update(list_price=Decimal("50.01"))
    work(plan, clock, "2027-01-13T10:00", "2027-01-15T10:00")
    assert told(member) == ["dear", "skipped"]
    run = plan.runs.get()
    assert run.problem is not None
    assert "¥50.01" in run.problem["text"]
    assert ledger.available(member.wallet_id) == 100


def test_a_failed_topup_is_refunded_told_and_pauses_the_plan(member, sku, clock) -> None:
    plan = agree(member, sku)
    work(plan, clock, "2027-01-13T10:00", "2027-01-15T10:00")
    attempt = world.begin(Order.objects.get())
    assert attempt is not None
    apply_outcome(
        fulfilment_id=attempt.pk, outcome=Outcome(OutcomeKind.REJECTED), source="callback"
    )
    for _twice in range(2):
        tell_of_run(run_id=plan.runs.get().pk)
    plan.refresh_from_db()
    assert (plan.status, plan.paused_why) == (PlanStatus.PAUSED, PauseWhy.FAILED)
    assert told(member) == ["soon", "failed"]
    assert ledger.available(member.wallet_id) == 100
    work(plan, clock, "2027-02-13T10:00", "2027-02-15T10:00")
    assert Order.objects.count() == 1


def test_after_a_night_out_of_order_it_is_made_once(member, sku, clock) -> None:
    plan = agree(member, sku)
    work(plan, clock, "2027-01-13T10:00", "2027-01-15T22:00", "2027-01-15T22:01")
    assert Order.objects.count() == 1


def test_after_weeks_out_of_order_the_member_is_told_a_day_before(member, sku, clock) -> None:
    plan = agree(member, sku)
    work(plan, clock, "2027-01-13T10:00", "2027-01-27T12:00")
    assert (told(member), Order.objects.count()) == (["soon", "soon"], 0)
    work(plan, clock, "2027-01-28T11:59", "2027-01-28T12:00", "2027-01-28T12:01")
    assert Order.objects.count() == 1
    plan.refresh_from_db()
    assert plan.next_month == date(2027, 2, 1)


def test_months_that_passed_while_we_were_out_of_order_arent_made_up_for(
    member, sku, clock
) -> None:
    plan = agree(member, sku)
    work(plan, clock, "2027-03-20T12:00", "2027-03-21T12:00", "2027-03-21T12:01")
    assert [bool(run.order) for run in plan.runs.order_by("month")] == [False, False, True]
    assert told(member) == ["skipped", "skipped", "soon"]


def test_paused_it_charges_nothing_and_goes_on_with_the_next_month(member, sku, clock) -> None:
    plan = agree(member, sku)
    pause_plan(plan=plan, actor=member.user)
    work(plan, clock, "2027-01-13T10:00", "2027-01-15T10:00", "2027-01-20T10:00")
    assert not Order.objects.exists()
    resume_plan(plan=plan, actor=member.user)
    plan.refresh_from_db()
    assert plan.next_month == date(2027, 2, 1)
    stop_plan(plan=plan, actor=member.user)
    work(plan, clock, "2027-02-13T10:00", "2027-02-15T10:00")
    assert not Order.objects.exists()


def test_a_number_has_one_plan_and_a_limit_that_can_run(member, sku) -> None:
    with pytest.raises(PlanInvalid) as refusal:
        agree(member, sku, most="49.49")
    assert refusal.value.field == "max_price"
    plan = agree(member, sku)
    assert agree(member, sku).pk == plan.pk  # sent twice
    with pytest.raises(PlanInvalid) as refusal:
        agree(member, sku, day=16)
    assert refusal.value.field == "phone"


def test_it_is_set_up_on_the_pages_with_what_was_read(client: Client, member, sku) -> None:
    shop.log_in(client, member)
    page = client.get(f"/kalegou/account/monthly/new/?phone={shop.MOBILE_NUMBER}&sku={sku.code}")
    fields = {
        "phone": "138 2650 7719",
        "sku": sku.code,
        "day": "31",
        "max_price": "50",
        "carrier": "",
        "ref": page.context["form"].initial["ref"],
    }
    looked = client.post("/kalegou/account/monthly/new/", fields)
    text = looked.context["consent"]
    assert "2027-01-31 10:00" in looked.content.decode()
    assert "2027-02-28 10:00" in looked.content.decode()
    unticked = client.post("/kalegou/account/monthly/new/", {**fields, "agree": "1", "text": text})
    assert unticked.status_code == 422
    agreed = {**fields, "agree": "1", "text": text, "consent": "1"}
    other = client.post("/kalegou/account/monthly/new/", {**agreed, "text": "anything"})
    assert (other.status_code, TopupPlan.objects.count()) == (409, 0)
    for _twice in range(2):
        client.post("/kalegou/account/monthly/new/", agreed)
    plan = TopupPlan.objects.get()
    assert (plan.consent, plan.consent_at) == (text, NOW)
    page_of_plan = shop.text_of(client.get(f"/kalegou/account/monthly/{plan.pk}/").content)
    assert "138 2650 7719" in page_of_plan
    stranger = shop.log_in(Client(), shop.make_member())
    assert stranger.get(f"/kalegou/account/monthly/{plan.pk}/").status_code == 404
    change = f"/kalegou/account/monthly/{plan.pk}/change/"
    assert stranger.post(change, {"do": "stop"}).status_code == 404
    client.post(change, {"do": "pause"})
    plan.refresh_from_db()
    assert plan.status == PlanStatus.PAUSED
    assert client.get("/kalegou/account/monthly/?format=csv").status_code == 200


def test_an_amount_of_another_carrier_is_refused_beside_the_field(client, member, sku) -> None:
    shop.log_in(client, member)
    fields = {"phone": shop.UNICOM_NUMBER, "sku": sku.code, "day": "1", "max_price": "50"}
    answer = client.post("/kalegou/account/monthly/new/", {**fields, "ref": "0" * 32})
    assert answer.status_code == 422
    assert 'id="id_sku_error"' in answer.content.decode()


def test_staff_stop_a_plan_with_a_reason_that_the_member_is_told(admin_client, member, sku) -> None:
    plan = agree(member, sku)
    assert admin_client.get("/admin/kalegou/topupplan/").status_code == 200
    assert admin_client.get(f"/admin/kalegou/topupplan/{plan.pk}/change/").status_code == 200
    admin_client.post(f"/admin/kalegou/topupplan/{plan.pk}/stop/", {"reason": "号码已注销"})
    plan.refresh_from_db()
    assert plan.status == PlanStatus.STOPPED
    assert told(member) == ["stopped"]
    record = AuditLog.objects.get(action="stop_topup_plan")
    assert record.reason == "号码已注销"
