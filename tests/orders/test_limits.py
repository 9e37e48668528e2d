"""Limits of one order, a day and a month, for agents, members and guests."""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from catalog.models import SKU
from kalegou.models import Member
from kalegou.services import ensure_member
from kameng.models import Agent, Tier
from ledger.services import balance
from orders.errors import LimitExceeded
from orders.limits import Limits, Spent, limits_in_force, spent
from orders.models import Funding, Order, Spending
from orders.services import apply_outcome, cancel_unpaid, place_order
from suppliers.models import Supplier
from suppliers.outcomes import Outcome, OutcomeKind
from tests import world
from tests.threads import in_threads

pytestmark = pytest.mark.django_db
_refs = itertools.count(1)
NOON = datetime(2026, 6, 15, 12, tzinfo=timezone.get_default_timezone())


@pytest.fixture
def agent() -> Agent:
    return world.make_agent(balance="100000")


@pytest.fixture
def sku() -> SKU:
    sku = world.make_sku(list_price="100")
    world.stock_cards(sku, 60)
    return sku


def limit(agent: Agent, **amounts: str | None) -> None:
    Agent.objects.filter(pk=agent.pk).update(
        **{f"own_{period}_limit": amount for period, amount in amounts.items()}
    )


def buy(buyer: Agent | Member, sku: SKU, quantity: int = 1, ref: str = "", **more: Any) -> Order:
    return place_order(
        channel="wholesale" if isinstance(buyer, Agent) else "retail",
        buyer=buyer.user,
        sku=sku,
        quantity=quantity,
        client_ref=ref or f"limit{next(_refs)}",
        **more,
    ).order


def refused(buyer: Agent | Member, sku: SKU, quantity: int = 1, **more: Any) -> LimitExceeded:
    before = Order.objects.count()
    with pytest.raises(LimitExceeded) as refusal:
        buy(buyer, sku, quantity, **more)
    assert Order.objects.count() == before
    return refusal.value


def counted(buyer: Agent | Member) -> Spent:
    channel = "wholesale" if isinstance(buyer, Agent) else "retail"
    return spent(channel=channel, buyer_key=f"u{buyer.user.pk}")


class TestWhoMayOrderWhat:
    def test_ones_own_limit_goes_before_the_groups_and_verification_raises_those(self) -> None:
        group = {
            "verified": Limits(Decimal(9), None, Decimal(7)),
            "unverified": Limits(Decimal(3), Decimal(2), Decimal(1)),
        }
        nobody = Limits()
        assert limits_in_force(is_verified=True, own=nobody, **group) == group["verified"]
        assert limits_in_force(is_verified=False, own=nobody, **group) == group["unverified"]
        own = Limits(daily=Decimal(50))
        assert limits_in_force(is_verified=True, own=own, **group) == Limits(
            Decimal(9), Decimal(50), Decimal(7)
        )

    def test_an_agent_that_loses_its_verification_is_limited_at_once(self, agent, sku) -> None:
        buy(agent, sku, 21)
        Agent.objects.filter(pk=agent.pk).update(verified_at=None)
        assert refused(agent, sku, 21).details["period"] == "single"
        # What was ordered before counts: 2,100 of the 5,000 are gone.
        buy(agent, sku, 20)
        assert refused(agent, sku, 10).details["period"] == "daily"
        assert counted(agent).today == 4100

    def test_a_tier_limits_its_agents(self, agent, sku) -> None:
        Tier.objects.filter(pk=agent.tier_id).update(single_limit=500)
        assert refused(agent, sku, 6).details["limit"] == 500
        buy(agent, sku, 5)

    def test_a_guest_has_a_limit_for_each_order_only(self, sku) -> None:
        for _ in range(3):
            buy_as_guest(sku, 20)
        with pytest.raises(LimitExceeded):
            buy_as_guest(sku, 21)

    def test_a_member_before_and_after_verification(self, sku) -> None:
        member = ensure_member(world.make_user())
        world.pay_in(member.wallet_id, "9000")
        refused(member, sku, 21)
        Member.objects.filter(pk=member.pk).update(verified_at=timezone.now())
        buy(member, sku, 21)


def buy_as_guest(sku: SKU, quantity: int) -> Order:
    return place_order(
        channel="retail",
        buyer=None,
        guest_key="g" * 32,
        sku=sku,
        quantity=quantity,
        client_ref=f"guest{next(_refs)}",
        funding=Funding.GATEWAY,
    ).order


class TestOneOrder:
    def test_up_to_the_limit_and_not_beyond(self, agent, sku) -> None:
        limit(agent, single="300")
        assert buy(agent, sku, 3).status == "completed"
        refusal = refused(agent, sku, 4)
        assert (refusal.code, refusal.status) == ("limit_exceeded", 403)
        assert "300.00" in str(refusal)
        assert balance(agent.wallet_id) == Decimal(99_700)
        assert not Spending.objects.exists()  # a single limit needs no count


class TestADayAndAMonth:
    def test_the_day_ends_at_midnight_here_and_the_month_with_its_last_day(
        self, agent, sku
    ) -> None:
        limit(agent, daily="500", monthly="800")
        with time_machine.travel(NOON):
            buy(agent, sku, 5)
            assert refused(agent, sku).details["period"] == "daily"
        with time_machine.travel(NOON.replace(hour=0) + timedelta(days=1)):
            buy(agent, sku, 3)
            assert refused(agent, sku).details["period"] == "monthly"
        with time_machine.travel(NOON.replace(day=30, hour=23)):
            refused(agent, sku)
        with time_machine.travel(NOON.replace(month=7, day=1, hour=0)):
            assert counted(agent) == Spent()
            buy(agent, sku, 5)
            assert counted(agent) == Spent(Decimal(500), Decimal(500))

    def test_a_refused_order_can_be_asked_for_again_and_is_charged_once(self, agent, sku) -> None:
        limit(agent, daily="200")
        first = buy(agent, sku, 2, ref="mine")
        refused(agent, sku, 1, ref="next")
        assert buy(agent, sku, 2, ref="mine") == first
        limit(agent, daily="300")
        assert buy(agent, sku, 1, ref="next").status == "completed"
        assert balance(agent.wallet_id) == Decimal(99_700)

    def test_what_was_ordered_before_the_limit_counts(self, agent, sku) -> None:
        buy(agent, sku, 4)
        limit(agent, daily="500")
        refused(agent, sku, 2)
        buy(agent, sku, 1)

    def test_what_was_ordered_between_two_limits_counts(self, agent, sku) -> None:
        limit(agent, daily="500")
        buy(agent, sku, 1)
        limit(agent, daily=None)
        buy(agent, sku, 3)
        limit(agent, daily="500")
        refused(agent, sku, 2)
        assert buy(agent, sku, 1).status == "completed"

    def test_a_changed_tier_counts_too(self, agent, sku) -> None:
        strict = world.make_tier(5)
        buy(agent, sku, 4)
        Tier.objects.filter(pk=strict.pk).update(daily_limit=500, monthly_limit=600)
        Agent.objects.filter(pk=agent.pk).update(tier=strict)
        refused(agent, sku, 2)
        buy(agent, sku)
        Tier.objects.filter(pk=strict.pk).update(daily_limit=600)
        buy(agent, sku)
        assert refused(agent, sku).details["period"] == "daily"
        assert counted(agent) == Spent(Decimal(600), Decimal(600))


class TestWhatGoesBackMakesRoom:
    @pytest.fixture
    def topup(self) -> SKU:
        sku = world.make_sku("topup", list_price="50")
        far = Supplier.objects.create(code="far", name="x", adapter="fulu", settling_seconds=0)
        world.make_offer(sku, far, cost="45")
        return sku

    def test_a_failed_top_up(self, agent, topup) -> None:
        limit(agent, daily="50", monthly="100")
        account = {"phone": "13800000000"}
        order = buy(agent, topup, account=account)
        refused(agent, topup, account=account)
        fulfilment = world.begin(order)
        assert fulfilment is not None
        apply_outcome(
            fulfilment_id=fulfilment.pk, outcome=Outcome(OutcomeKind.REJECTED), source="query"
        )
        assert counted(agent) == Spent(Decimal(0), Decimal(0))
        buy(agent, topup, account=account)

    def test_a_refund_after_the_sale(self, agent, sku) -> None:
        limit(agent, daily="300")
        order = buy(agent, sku, 3)
        world.refund(order, Decimal(100))
        buy(agent, sku, 1)
        refused(agent, sku, 1)

    def test_yesterdays_refund_makes_no_room_today_but_this_month(self, agent, sku) -> None:
        limit(agent, daily="300", monthly="500")
        with time_machine.travel(NOON):
            order = buy(agent, sku, 3)
        with time_machine.travel(NOON + timedelta(days=1)):
            buy(agent, sku, 2)
            world.refund(order, Decimal(300))
            assert counted(agent) == Spent(Decimal(200), Decimal(200))
            refused(agent, sku, 2)
            buy(agent, sku, 1)

    def test_a_cancelled_order(self, sku) -> None:
        member = ensure_member(world.make_user())
        Member.objects.filter(pk=member.pk).update(own_daily_limit=300)
        order = buy(member, sku, 3, funding=Funding.GATEWAY)
        refused(member, sku, 1, funding=Funding.GATEWAY)
        cancel_unpaid(order_id=order.pk)
        buy(member, sku, 3, funding=Funding.GATEWAY)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("has_ordered_before", [True, False])
def test_ten_orders_at_once_never_pass_a_daily_limit_together(sku, has_ordered_before) -> None:
    agent = world.make_agent(balance="100000")
    limit(agent, daily="600")
    if has_ordered_before:
        buy(agent, sku)

    def one(_: int) -> int:
        try:
            return buy(agent, sku).quantity
        except LimitExceeded:
            return 0

    bought = sum(in_threads(one, range(10)))
    assert bought == (5 if has_ordered_before else 6)
    assert counted(agent).today == 600
    assert world.books_are_clean()


@pytest.mark.django_db(transaction=True)
def test_unpaid_orders_at_once_never_pass_a_limit_together(sku) -> None:
    member = ensure_member(world.make_user())
    Member.objects.filter(pk=member.pk).update(own_daily_limit=400)
    member.refresh_from_db()

    def one(_: int) -> int:
        try:
            return buy(member, sku, funding=Funding.GATEWAY).quantity
        except LimitExceeded:
            return 0

    assert sum(in_threads(one, range(10))) == 4
