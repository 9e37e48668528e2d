"""Lists and sums of a size that nobody reads whole: nothing is left out, and nothing is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kameng import periods
from kameng.models import Agent, Commission, SalesMonth
from kameng.queries import commissions, ranking, statement
from kameng.queries.commissions import CommissionWanted, page_of
from kameng.queries.sales import board
from kameng.sales_checks import run as check_sales
from kameng.services.sales import add_up_sales, rebuild_sales
from orders.models import Order
from orders.services import place_order
from tests import world
from tests.threads import in_threads

_RELAXED = settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
AT_ONCE = timedelta(0)


def buy(agent: Agent, sku, quantity: int = 1) -> Order:
    return place_order(
        channel="wholesale",
        buyer=agent.user,
        sku=sku,
        quantity=quantity,
        client_ref=f"r{world.next_number()}",
    ).order


@pytest.fixture
def plenty(card):
    world.make_policy("0.01", "0.005")
    world.stock_cards(card, 300, unit_cost="70")
    return card


@pytest.mark.django_db
@pytest.mark.parametrize("looked", [3, 5000])
def test_commissions_page_by_page_are_all_of_them_once(
    chain, plenty, looked, monkeypatch, browser
) -> None:
    """Also where many have one moment, and where a search looks at a few at a time."""
    monkeypatch.setattr(commissions, "MOST_LOOKED", looked)
    _master, upline, buyer = chain
    world.pay_in(buyer.wallet_id, "10000")
    orders = [buy(buyer, plenty) for _ in range(13)]
    moment = timezone.now()
    Commission.objects.filter(order__in=orders[3:9]).update(created_at=moment)
    whole = list(upline.commissions.order_by("-created_at", "-pk").values_list("pk", flat=True))
    for text, expected in (("", whole), (buyer.name, whole), ("nobody", [])):
        found: list[int] = []
        after = 0
        for _turn in range(20):
            page = page_of(upline, CommissionWanted(text=text), after=after, most=4)
            found += [row.pk for row in page.rows]
            after = page.next
            if not after:
                break
        assert found == expected, text
    empty = browser(upline).get("/kameng/commissions/?q=nobody").content.decode()
    assert ("Search further back" in empty) == (looked == 3)
    (row,) = page_of(upline, CommissionWanted(text=orders[0].order_no), after=0, most=4).rows
    assert row.order == orders[0], "a number is found at once, however far back"


@pytest.mark.django_db
def test_a_search_of_the_statement_goes_on_where_it_stopped(chain, browser, monkeypatch) -> None:
    monkeypatch.setattr(statement, "MOST_LOOKED", 4)
    agent = chain[2]
    for _n in range(10):
        world.pay_in(agent.wallet_id, "1")
    page = browser(agent)
    address, seen = "/kameng/funds/?q=test:", 0
    for turn in range(4):
        shown = page.get(address)
        seen += len(shown.context["rows"])
        if not shown.context["next"]:
            break
        assert "Search further back" in shown.content.decode(), turn
        address = f"/kameng/funds/?q=test:&after={shown.context['next']}"
    assert seen == 11, "the ten, and what it began with"


@pytest.mark.django_db
@_RELAXED
@given(st.lists(st.sampled_from([0, 5, 5, 10, 20, 30]), min_size=1, max_size=30))
def test_places_are_those_of_a_plain_count(amounts: Sequence[int]) -> None:
    month = timezone.localdate().replace(day=1)
    with transaction.atomic():
        master = world.make_agent()
        agents = [world.make_agent(upline=master) for _ in amounts]
        SalesMonth.objects.bulk_create(
            SalesMonth(agent=agent, month=month, own_orders=1, own=Decimal(amount))
            for agent, amount in zip(agents, amounts, strict=True)
        )
        told = {
            agent.pk: Decimal(amount)
            for agent, amount in zip(agents, amounts, strict=True)
            if amount
        }
        order = sorted(told, key=lambda key: (-told[key], key))
        places = {key: 1 + sum(other > told[key] for other in told.values()) for key in told}
        shown = [(one.agent_id, one.place) for one in ranking.below(master, month)]
        assert shown == [(key, places[key]) for key in order]
        for agent in agents:
            found = ranking.standing(agent, month)
            mine = order.index(agent.pk) if agent.pk in told else None
            expected = [
                key
                for place, key in enumerate(order)
                if place < ranking.TOP or (mine is not None and abs(place - mine) <= ranking.AROUND)
            ]
            assert [(one.agent_id, one.place) for one in found.shown] == [
                (key, places[key]) for key in expected
            ]
            assert found.with_sales == len(told)
            assert (found.mine.place if found.mine else None) == places.get(agent.pk)
        transaction.set_rollback(True)


_EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["buy", "buy", "refund", "add up", "move", "rebuild"]), st.integers(0, 99)
    ),
    max_size=14,
)


@pytest.mark.django_db
@_RELAXED
@given(_EVENTS)
def test_sums_are_those_of_the_orders_whatever_happens(chain, plenty, events) -> None:
    """Bought, refunded, added up, moved, rebuilt in any order: the board says what orders say."""
    with transaction.atomic():
        master, upline, _buyer = chain
        other = world.make_agent(upline=master)
        buyers = [world.make_agent(upline=upline, balance="9999") for _ in range(3)]
        orders: list[Order] = []
        for kind, number in events:
            if kind == "buy":
                orders.append(buy(buyers[number % 3], plenty, 1 + number % 2))
            elif kind == "refund" and orders:
                order = orders[number % len(orders)]
                order.refresh_from_db()
                if order.refunded < order.total:
                    world.refund(order, min(Decimal(30), order.total - order.refunded))
            elif kind == "add up":
                add_up_sales(margin=AT_ONCE)
            elif kind == "rebuild":
                rebuild_sales()
            elif kind == "move":
                _move(buyers[number % 3], upline if number % 2 else other, master)
        today = periods.today(timezone.localdate())
        for agent in (master, upline, other, *buyers):
            found = board(agent, today)
            below = Agent.objects.filter(upline_ids__contains=[agent.pk])
            assert found.below.now.kept == _kept(buyers=list(below))
            assert found.own.now.kept == _kept(buyers=[agent])
            earned = sum((row.kept for row in agent.commissions.all()), Decimal(0))
            assert found.total.now.earned == earned
        assert [problem for result in check_sales() for problem in result.problems] == []
        transaction.set_rollback(True)


def _move(agent: Agent, to: Agent, master: Agent) -> None:
    with connection.cursor() as cursor:  # as moving a subtree does, whoever does it
        cursor.execute(
            "UPDATE kameng_agent SET parent_id = %s, upline_ids = %s WHERE id = %s",
            [to.pk, [to.pk, master.pk], agent.pk],
        )


def _kept(*, buyers: Sequence[Agent]) -> Decimal:
    orders = Order.objects.filter(buyer__in=[agent.user_id for agent in buyers])
    return sum((order.total - order.refunded for order in orders), Decimal(0))


@pytest.mark.django_db(transaction=True)
def test_adding_up_while_others_buy_and_add_up_counts_each_order_once(chain, plenty) -> None:
    _master, upline, buyer = chain
    world.pay_in(buyer.wallet_id, "10000")
    sum_up = [lambda: add_up_sales(margin=AT_ONCE)] * 6
    buying = [lambda: buy(buyer, plenty)] * 12
    work = [act for pair in zip(buying, sum_up + sum_up, strict=True) for act in pair]
    in_threads(lambda act: act(), work, threads=6)
    today = periods.today(timezone.localdate())
    assert board(upline, today).below.now.orders == 12
    add_up_sales(margin=AT_ONCE)
    assert board(upline, today).below.now.orders == 12
    assert board(upline, today).below.now.kept == 12 * Decimal(95)
    assert world.books_are_clean()
