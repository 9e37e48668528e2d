"""Sales that are added up: the same numbers as the orders, at any moment."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.utils import timezone

from kameng import periods
from kameng.models import Agent, SalesCorrection, SalesDay
from kameng.queries import ranking
from kameng.queries.sales import board, branches, earned_from, months_of
from kameng.services.sales import add_up_sales, rebuild_sales
from ledger.checking import run_all
from orders.locks import lock_order
from orders.models import Order
from orders.services import place_order
from orders.services.completing import fail
from suppliers.models import Supplier
from tests import world

pytestmark = pytest.mark.django_db
AT_ONCE = timedelta(0)  # no margin for clocks that differ: there is one


@pytest.fixture(autouse=True)
def policy():
    return world.make_policy("0.01", "0.005")


def buy(agent: Agent, sku, quantity: int = 1, *, days_ago: int = 0) -> Order:
    world.pay_in(agent.wallet_id, "10000")
    order = place_order(
        channel="wholesale",
        buyer=agent.user,
        sku=sku,
        quantity=quantity,
        client_ref=f"r{world.next_number()}",
    ).order
    if days_ago:
        Order.objects.filter(pk=order.pk).update(
            finished_at=timezone.now() - timedelta(days=days_ago)
        )
    return order


def today():
    return periods.today(timezone.localdate())


def seen(agent: Agent) -> tuple:
    """Everything that the board says of today, in plain numbers."""
    found = board(agent, today())
    return (
        found.own.now.kept,
        found.below.now.kept,
        found.total.now.orders,
        found.total.now.refunds,
        found.total.now.earned,
        {key: sums.now.kept for key, sums in found.by_sku.items()},
    )


def test_the_board_is_exact_before_and_after_adding_up(chain, card) -> None:
    _master, upline, buyer = chain
    buy(buyer, card, 2)
    buy(upline, card)
    before = [seen(agent) for agent in chain]
    assert before[0][:3] == (Decimal(0), Decimal(280), 2)
    assert before[1][:3] == (Decimal(90), Decimal(190), 2)
    assert before[2][:3] == (Decimal(190), Decimal(0), 1)
    # Level difference 2 × (95 − 90), and 1% of 190.
    assert before[1][4] == Decimal("11.9")
    assert add_up_sales(margin=AT_ONCE) == 2
    assert [seen(agent) for agent in chain] == before
    assert add_up_sales(margin=AT_ONCE) == 0, "nothing is counted twice"
    assert [seen(agent) for agent in chain] == before
    assert world.books_are_clean()


def test_a_refund_is_seen_at_once_and_added_up_once(chain, card) -> None:
    _master, upline, buyer = chain
    early, late = buy(buyer, card, 2), buy(buyer, card)
    world.refund(early, Decimal(50))  # before it was added up
    add_up_sales(margin=AT_ONCE)
    world.refund(late, Decimal(95))
    assert SalesCorrection.objects.count() == 1
    shown = seen(upline)
    assert shown[1:4] == (Decimal(140), 2, Decimal(145))
    assert world.books_are_clean()
    add_up_sales(margin=AT_ONCE)
    assert not SalesCorrection.objects.exists()
    assert seen(upline) == shown
    assert shown[4] == sum(row.kept for row in upline.commissions.all())
    assert world.books_are_clean()


def test_what_is_not_committed_yet_is_not_passed_over(chain, card) -> None:
    """The default margin keeps away from the last seconds."""
    buy(chain[2], card)
    assert add_up_sales() == 0
    assert seen(chain[2])[0] == Decimal(95)


def test_a_rebuild_gives_what_was_added_up_step_by_step(chain, card) -> None:
    order = buy(chain[2], card, 3)
    add_up_sales(margin=AT_ONCE)
    world.refund(order, Decimal(10))
    buy(chain[1], card, days_ago=40)
    add_up_sales(margin=AT_ONCE)
    kept = [seen(agent) for agent in chain]
    SalesDay.objects.update(sales=1)
    broken = [result for result in run_all() if result.problems]
    assert any("rebuild_sales" in problem for result in broken for problem in result.problems)
    rebuild_sales()
    assert [seen(agent) for agent in chain] == kept
    assert world.books_are_clean()


def test_a_moved_agent_takes_its_sales_to_its_new_uplines(chain, card) -> None:
    master, upline, buyer = chain
    other = world.make_agent(upline=master)
    buy(buyer, card, 2)
    add_up_sales(margin=AT_ONCE)
    buy(buyer, card)  # one more that isn't added up yet
    with connection.cursor() as cursor:  # as moving a subtree does, whoever does it
        cursor.execute(
            "UPDATE kameng_agent SET parent_id = %s, upline_ids = %s WHERE id = %s",
            [other.pk, [other.pk, master.pk], buyer.pk],
        )
    assert seen(upline)[1] == 0
    assert seen(other)[1] == Decimal(285)
    assert seen(master)[1] == Decimal(285)
    month = timezone.localdate().replace(day=1)
    assert months_of([upline.pk, other.pk], first=month, last=month)[
        other.pk, month
    ].below == Decimal(285)
    kept = [seen(agent) for agent in (master, upline, other, buyer)]
    rebuild_sales()
    assert [seen(agent) for agent in (master, upline, other, buyer)] == kept


def test_branches_and_the_period_before(chain, card) -> None:
    master, upline, buyer = chain
    other = world.make_agent(upline=master)
    buy(buyer, card, 2)
    buy(other, card, 1, days_ago=1)
    add_up_sales(margin=AT_ONCE)
    found = branches(master, today())
    assert found[upline.pk].now.kept == Decimal(190)
    assert found[upline.pk].now.earned == Decimal("4.95")  # 2 × (90 − 88) and 0.5% of 190
    assert found[other.pk].now.kept == 0
    assert found[other.pk].before.kept == Decimal(90)
    assert board(master, today()).total.before.kept == Decimal(90)
    first = timezone.localdate().replace(day=1)
    assert sum(earned_from(master, buyer, first=first).values()) == Decimal("4.95")


def test_failed_and_open_orders_do_not_count(chain) -> None:
    sku = world.make_sku("topup", list_price="50")
    supplier = Supplier.objects.create(
        code="far", name="远方", adapter="fulu", base_url="http://127.0.0.1:1"
    )
    world.make_offer(sku, supplier, cost="45")
    world.price_tiers(sku, "48", "49", "50")
    world.pay_in(chain[2].wallet_id, "100")
    order = place_order(
        channel="wholesale",
        buyer=chain[2].user,
        sku=sku,
        quantity=1,
        account={"phone": "13800000000"},
        client_ref="open",
    ).order
    assert seen(chain[2])[:3] == (0, 0, 0)
    with transaction.atomic():
        fail(lock_order(order.pk))
    add_up_sales(margin=AT_ONCE)
    assert seen(chain[2])[:4] == (0, 0, 0, 0)
    assert world.books_are_clean()


def test_the_ranking_places_branches_and_masks_strangers(chain, card) -> None:
    master, upline, buyer = chain
    rival = world.make_agent(upline=world.make_agent(), name="竞争对手")
    equal = world.make_agent(upline=master, name="同级代理")
    buy(buyer, card, 3)
    buy(rival, card, 1)
    buy(equal, card, 2)
    month = timezone.localdate().replace(day=1)
    add_up_sales(margin=AT_ONCE)
    buy(equal, card, 1)
    assert [(p.place, p.agent_id) for p in ranking.below(master, month)] == [
        (1, upline.pk),
        (2, equal.pk),
    ]
    found = ranking.standing(upline, month)
    assert found.mine
    assert (found.mine.place, found.with_sales, found.mine.branch) == (1, 3, Decimal(285))
    assert [place.name for place in found.shown] == [upline.name, "同＊＊", "竞＊＊"]
    idle = world.make_agent(upline=master)
    assert ranking.standing(idle, month).mine is None


def test_periods_are_compared_with_as_many_days() -> None:
    from datetime import date

    monday = date(2026, 11, 23)
    week = periods.this_week(monday + timedelta(days=2))
    assert (week.since, week.before_since, week.before_until) == (
        monday,
        date(2026, 11, 16),
        date(2026, 11, 18),
    )
    march = periods.this_month(date(2026, 3, 31))
    assert (march.before_since, march.before_until) == (date(2026, 2, 1), date(2026, 2, 28))
    own = periods.between(date(2026, 3, 1), date(2026, 3, 3))
    assert (own.before_since, own.before_until) == (date(2026, 2, 26), date(2026, 2, 28))


def test_the_board_in_the_browser(browser, chain, card) -> None:
    _master, upline, buyer = chain
    buy(buyer, card, 2)
    page = browser(upline)
    shown = page.get("/kameng/sales/").content.decode()
    assert "¥190.00" in shown
    assert "¥11.90" in shown
    rows = page.get("/kameng/sales/?by=branch&period=today&format=csv").getvalue().decode()
    assert rows.splitlines()[1] == f"{buyer.name},1,2,190.0000,0.0000,190.0000,0,11.9000,0"
    wrong = page.get("/kameng/sales/?period=custom&since=2026-11-20&until=2026-11-01")
    assert "The end is before the beginning." in wrong.content.decode()
    assert page.get("/kameng/sales/?period=custom&since=x&until=&by=y").status_code == 200
    assert "Place 1 of 1" in page.get("/kameng/ranking/").content.decode()
    idle = browser(world.make_agent()).get("/kameng/sales/").content.decode()
    assert "Nothing was bought in these days" in idle
