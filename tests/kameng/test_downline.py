"""The downline: a tree that opens branch by branch, a list to search, one agent's page."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from kameng.models import Agent, DownlineMarkup
from kameng.queries.network import Wanted, members, search, size_of
from kameng.services.sales import add_up_sales, rebuild_sales
from orders.models import Order
from orders.services import place_order
from tests import world

pytestmark = pytest.mark.django_db


@pytest.fixture
def family(chain, card):
    """The chain, with a second branch: master → second → third. The third bought one card."""
    second = world.make_agent(upline=chain[0], name="第二分支_100%")
    third = world.make_agent(upline=second, balance="500", name="第三家")
    third.user.phone = "13812345678"
    third.user.save()
    place_order(channel="wholesale", buyer=third.user, sku=card, quantity=1, client_ref="one")
    add_up_sales(margin=timedelta(0))
    place_order(channel="wholesale", buyer=third.user, sku=card, quantity=2, client_ref="two")
    # MPTT numbers rows that were loaded before: read all of them as they are now.
    return [Agent.objects.get(pk=agent.pk) for agent in (*chain, second, third)]


def found(me: Agent, **wanted) -> list[str]:
    return [agent.name for agent in search(me, Wanted(**wanted), after="", most=50).agents]


def test_the_tree_shows_sizes_and_sales_of_the_month(family) -> None:
    master, upline, _buyer, second, third = family
    shown = {one.agent.pk: one for one in members(master, [upline, second, third], with_path=True)}
    assert size_of(master).all == 4
    assert (shown[second.pk].direct, shown[second.pk].all, shown[second.pk].levels) == (1, 1, 1)
    assert shown[second.pk].sales.own == 0
    assert shown[second.pk].sales.branch == 285
    assert shown[third.pk].sales.own == 285
    assert shown[third.pk].levels == 2
    assert [above.pk for above in shown[third.pk].path] == [second.pk]


def test_search_goes_through_the_whole_branch_and_no_further(family) -> None:
    master, upline, buyer, _second, third = family
    world.make_agent(name="第三家别处")
    assert found(master, text="第三") == ["第三家"]
    assert found(master, text="138 1234 5678") == ["第三家"]
    assert found(master, text=third.invite_code.lower()) == ["第三家"]
    assert found(master, text="_100%") == ["第二分支_100%"]
    assert found(upline, text="第三") == []
    assert found(master, levels=2) == ["第三家", buyer.name]
    assert found(master, tier=third.tier_id, status="suspended") == []


def test_filters_and_orders_page_without_gaps(family) -> None:
    master, upline, buyer, second, _third = family
    assert set(found(master, idle=True)) == {upline.name, buyer.name, second.name}
    assert found(master, sort="sales")[0] == "第三家"
    assert set(found(master, sort="branch")[:2]) == {"第三家", second.name}
    for sort in ("joined", "sales", "branch"):
        whole, after = found(master, sort=sort), ""
        for n in range(4):
            page = search(master, Wanted(sort=sort), after=after, most=1)
            assert [agent.name for agent in page.agents] == [whole[n]]
            after = page.next
        assert not after
    assert found(master) == ["第三家", second.name, buyer.name, upline.name]


@pytest.mark.parametrize("after", ["x~1", "1~x", "1e99~3", "2026-99-99 00:00:00+00~1", "~", "9~²"])
def test_an_address_made_up_is_no_error(browser, family, after) -> None:
    page = browser(family[0])
    for sort in ("joined", "sales"):
        answer = page.get("/kameng/downline/list/", {"sort": sort, "after": after, "levels": "-1"})
        assert answer.status_code == 200
    assert page.get("/kameng/downline/", {"at": "²", "after": after}).status_code == 200


def test_the_pages_in_the_browser(browser, family) -> None:
    master, _upline, _buyer, second, third = family
    DownlineMarkup.objects.create(upline=master, rate="0.015")
    page = browser(master)
    tree = page.get("/kameng/downline/").content.decode()
    assert f'hx-get="/kameng/downline/{second.pk}/branch/"' in tree
    assert "第三家" not in tree
    assert "第三家" in page.get(f"/kameng/downline/{second.pk}/branch/").content.decode()
    assert "第三家" in page.get("/kameng/downline/", {"at": second.pk}).content.decode()
    listed = page.get("/kameng/downline/list/", {"q": "第三"}).content.decode()
    assert f"you › {second.name}" in listed
    assert "138 **** 5678" in listed
    rows = page.get("/kameng/downline/list/?format=csv&sort=branch").getvalue().decode()
    assert len(rows.splitlines()) == 5
    one = page.get(f"/kameng/downline/{third.pk}/").content.decode()
    assert "¥285.00" in one
    assert "13812345678" not in one
    assert "+1.50%" in page.get(f"/kameng/downline/{second.pk}/").content.decode()
    assert page.get(f"/kameng/downline/{third.pk}/?month=1999-01").status_code == 200


def test_nobody_sees_agents_that_are_not_below(browser, family) -> None:
    master, upline, _buyer, second, third = family
    page = browser(upline)
    for other in (master, second, third, upline):
        assert page.get(f"/kameng/downline/{other.pk}/").status_code == 404
    assert page.get(f"/kameng/downline/{second.pk}/branch/").status_code == 404
    assert page.get(f"/kameng/downline/?at={third.pk}").status_code == 404
    assert page.get(f"/kameng/downline/{'9' * 30}/").status_code == 404


def test_idle_means_thirty_days(family) -> None:
    master, third = family[0], family[4]
    long_ago = timezone.now() - timedelta(days=31)
    Order.objects.filter(client_ref="two").update(finished_at=long_ago)
    assert third.name not in found(master, idle=True)
    Order.objects.filter(client_ref="one").update(finished_at=long_ago)
    rebuild_sales()
    assert third.name in found(master, idle=True)
