"""Every list page takes as many statements for thirty rows as for one."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from kameng.services.transfers import transfer_deposit
from orders.services import place_order
from tests import world

pytestmark = pytest.mark.django_db
FEW = 2  # one that buys and one that does not: a list of the idle ones has a row, too
MANY = 30
MOST = 25  # the dashboard tells of many things, each once


@pytest.fixture(autouse=True)
def policy():
    return world.make_policy("0.01", "0.005")


def cost(client: Client, address: str) -> int:
    client.get(address)  # the first request of a session also reads the session
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == 200
    return len(queries)


def assert_constant(client: Client, address: str, add: Callable[[int], object]) -> None:
    for n in range(FEW):
        add(n)
    at_few = cost(client, address)
    for n in range(FEW, MANY):
        add(n)
    at_many = cost(client, address)
    assert at_many == at_few, f"{address}: {at_few} statements at {FEW} rows, {at_many} at {MANY}"
    assert at_few <= MOST


def order(agent, sku):
    world.pay_in(agent.wallet_id, "10000")

    def add(n: int) -> None:
        place_order(channel="wholesale", buyer=agent.user, sku=sku, quantity=1, client_ref=f"n{n}")

    return add


@pytest.fixture
def plenty(card):
    world.stock_cards(card, MANY, unit_cost="70")
    return card


@pytest.mark.parametrize("name", ["orders", "funds", "home"])
def test_lists_of_the_buyer(browser, chain, plenty, name) -> None:
    assert_constant(browser(chain[2]), reverse(f"kameng:{name}"), order(chain[2], plenty))


def test_the_commissions_of_an_upline(browser, chain, plenty) -> None:
    assert_constant(browser(chain[1]), reverse("kameng:commissions"), order(chain[2], plenty))


PAGES_OF_AN_UPLINE = [
    "downline/",
    "downline/list/?sort=branch&idle=on",
    "downline/list/?q=user",
    "ranking/",
    "sales/?by=branch",
]


@pytest.mark.parametrize("path", PAGES_OF_AN_UPLINE)
def test_the_downline(browser, plenty, path) -> None:
    master = world.make_agent()

    def add(n: int) -> None:
        below = world.make_agent(upline=master, balance="1000")
        if n % 10 == 0:
            order(below, plenty)(n)

    assert_constant(browser(master), f"/kameng/{path}", add)


def test_an_agent_of_the_downline(browser, plenty) -> None:
    master = world.make_agent()
    other = world.make_agent(upline=master, balance="1000")
    bought = order(other, plenty)

    def add(n: int) -> None:
        bought(n)
        world.make_agent(upline=other)

    assert_constant(browser(master), f"/kameng/downline/{other.pk}/", add)


def test_transfers(browser) -> None:
    sender, receiver = world.make_chain("1000", "0")
    assert_constant(
        browser(sender),
        reverse("kameng:transfers"),
        lambda n: transfer_deposit(
            sender=sender, receiver=receiver, amount=Decimal(10), client_ref=f"reference-{n}"
        ),
    )


def test_the_catalogue(browser, chain) -> None:
    category = world.make_category()
    supplier = world.stock_supplier()
    assert_constant(
        browser(chain[2]),
        reverse("kameng:catalogue"),
        lambda n: world.make_offer(world.make_sku(category=category), supplier),
    )


def test_a_product_with_many_skus(browser, chain, card) -> None:
    def add(n: int) -> None:
        if n:
            card.pk, card.code = None, f"more-{n}"
            card.save(force_insert=True)

    product = card.product.code
    assert_constant(browser(chain[2]), reverse("kameng:product", args=[product]), add)
