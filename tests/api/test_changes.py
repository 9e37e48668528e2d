"""Docked shops stay in step: what changed since a cursor, with no gap and nothing left out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from catalog.models import SKU, AccountField, Category, StockLane
from kameng.models import (
    Agent,
    ContractPrice,
    DownlineMarkup,
    FeedEntry,
    FeedState,
    TierDiscount,
    TierPrice,
)
from kameng.services.feed import refresh_feed
from tests import world
from tests.api.client import Program, code_of
from tests.threads import in_threads

pytestmark = pytest.mark.django_db


def let_time_pass() -> None:
    """The last pass was long enough ago."""
    FeedState.objects.update(refreshed_at=timezone.now() - timedelta(minutes=1))


def ask(program: Program, cursor: str = "", **query: Any) -> Any:
    let_time_pass()
    asked = "&".join(f"{name}={value}" for name, value in {"cursor": cursor, **query}.items())
    return program.get(f"/api/v1/changes?{asked}")


def changed(program: Program, cursor: str) -> tuple[dict[str, Any], str]:
    """(what changed, by code; the next cursor)."""
    told = ask(program, cursor).json()
    assert not told["has_more"]
    return {one["code"]: one["product"] for one in told["results"]}, told["next"]


@pytest.fixture
def cursor(program: Program, cards: SKU) -> str:
    """Where a shop is that has read everything."""
    return changed(program, "")[1]


def test_without_a_cursor_all_comes_and_then_nothing(program: Program, cards: SKU) -> None:
    other = world.make_sku(list_price="20")
    world.make_sku(list_price="30", is_on_sale=False)
    found, cursor = changed(program, "")
    assert set(found) == {cards.code, other.code}
    product = program.get(f"/api/v1/products/{cards.code}").json()
    assert found[cards.code] == product
    assert product["price"] == "95.00"
    assert changed(program, cursor)[0] == {}


def _sell(cards: SKU, agent: Agent, program: Program) -> None:
    assert program.order(sku=cards.code, quantity=2).status_code == 201


def _restock(cards: SKU, agent: Agent, program: Program) -> None:
    world.stock_cards(cards, 3, tag="NEW")


def _expire(cards: SKU, agent: Agent, program: Program) -> None:
    StockLane.objects.update(expires_on=timezone.localdate())


def _agree(cards: SKU, agent: Agent, program: Program) -> None:
    ContractPrice.objects.create(
        agent=agent, sku=cards, price=Decimal(70), valid_from=timezone.now() - timedelta(1)
    )


def _tier_price(cards: SKU, agent: Agent, program: Program) -> None:
    TierPrice.objects.filter(sku=cards, tier=agent.tier).update(price=Decimal(93))


def _discount(cards: SKU, agent: Agent, program: Program) -> None:
    TierDiscount.objects.create(
        tier=agent.tier, category=cards.product.category, rate=Decimal("0.9")
    )


def _markup(cards: SKU, agent: Agent, program: Program) -> None:
    assert agent.parent
    DownlineMarkup.objects.create(upline=agent.parent, sku=cards, rate=Decimal("0.01"))


def _list_price(cards: SKU, agent: Agent, program: Program) -> None:
    SKU.objects.filter(pk=cards.pk).update(list_price=Decimal(101))


def _name(cards: SKU, agent: Agent, program: Program) -> None:
    cards.product.name = "新名字"
    cards.product.save()


def _field(cards: SKU, agent: Agent, program: Program) -> None:
    AccountField.objects.create(product=cards.product, name="server", label="区服")


@pytest.mark.parametrize(
    "change",
    [
        _sell, _restock, _expire, _agree, _tier_price, _discount, _markup, _list_price, _name,
        _field,
    ],
)  # fmt: skip
def test_every_kind_of_change_comes_once(
    program: Program,
    agent: Agent,
    cards: SKU,
    cursor: str,
    change: Callable[[SKU, Agent, Program], None],
) -> None:
    change(cards, agent, program)
    found, after = changed(program, cursor)
    assert found == {cards.code: program.get(f"/api/v1/products/{cards.code}").json()}
    assert changed(program, after)[0] == {}
    assert changed(program, cursor)[0] == found, "an old cursor is told again"


def _hide(cards: SKU) -> None:
    Category.objects.filter(pk=cards.product.category_id).update(is_visible=False)


def _take_off(cards: SKU) -> None:
    SKU.objects.update(is_on_sale=False)


def _rename(cards: SKU) -> None:
    SKU.objects.filter(pk=cards.pk).update(code="another-code")


@pytest.mark.parametrize("change", [_hide, _take_off, _rename])
def test_what_leaves_the_shelf_is_told(
    program: Program, cards: SKU, cursor: str, change: Callable[[SKU], None]
) -> None:
    change(cards)
    found, after = changed(program, cursor)
    assert found[cards.code] is None
    assert set(found) <= {cards.code, "another-code"}
    assert changed(program, after)[0] == {}


def test_what_is_deleted_is_told_and_what_comes_back_too(program: Program, cards: SKU) -> None:
    short_lived = world.make_sku()
    _, cursor = changed(program, "")
    code = short_lived.code
    SKU.objects.filter(pk=short_lived.pk).delete()
    found, cursor = changed(program, cursor)
    assert found == {code: None}
    again = world.make_sku(code=code)
    assert set(changed(program, cursor)[0]) == {again.code}


def test_a_contract_price_that_begins_by_itself_is_told(
    program: Program, agent: Agent, cards: SKU
) -> None:
    ContractPrice.objects.create(
        agent=agent, sku=cards, price=Decimal(70), valid_from=timezone.now() + timedelta(hours=1)
    )
    _, cursor = changed(program, "")
    # The database's own clock decides; move the contract instead of the clock.
    ContractPrice.objects.update(valid_from=timezone.now() - timedelta(seconds=1))
    assert changed(program, cursor)[0][cards.code]["price"] == "70.00"


@pytest.mark.parametrize("change", ["tier", "markup"])
def test_when_all_prices_change_at_once_everything_is_read_again(
    program: Program, agent: Agent, cards: SKU, cursor: str, change: str
) -> None:
    if change == "tier":
        Agent.objects.filter(pk=agent.pk).update(tier=world.make_tier(1))
    else:
        assert agent.parent
        DownlineMarkup.objects.create(upline=agent.parent, sku=None, rate=Decimal("0.02"))
    refused = ask(program, cursor)
    assert code_of(refused) == (410, "cursor_expired")
    assert (
        "without a cursor"
        in program.get(f"/api/v1/changes?cursor={cursor}", HTTP_ACCEPT_LANGUAGE="en").json()[
            "detail"
        ]
    )
    found, _ = changed(program, "")
    assert cards.code in found


def test_an_old_cursor_is_refused(program: Program, cards: SKU, cursor: str) -> None:
    with time_machine.travel(timezone.now() + timedelta(days=31), tick=True):
        assert code_of(ask(program, cursor)) == (410, "cursor_expired")


@pytest.mark.parametrize("cursor", ["x", "WzFd:1vNGPs:abc", "%00"])
def test_a_cursor_of_anything_else_is_invalid(program: Program, cursor: str) -> None:
    assert code_of(ask(program, cursor)) == (422, "invalid")
    other = program.get("/api/v1/products?limit=1").json()["next"]
    if other:
        assert code_of(ask(program, other)) == (422, "invalid")


def test_pages_follow_each_other(program: Program, cards: SKU) -> None:
    codes = {cards.code} | {world.make_sku().code for _ in range(6)}
    seen: list[str] = []
    cursor, has_more = "", True
    while has_more:
        told = ask(program, cursor, limit=3).json()
        seen += [one["code"] for one in told["results"]]
        cursor, has_more = told["next"], told["has_more"]
    assert sorted(seen) == sorted(codes)


def test_places_are_never_given_twice(program: Program, cards: SKU, cursor: str) -> None:
    SKU.objects.update(is_on_sale=False)
    cursor = changed(program, cursor)[1]
    FeedEntry.objects.update(changed_at=timezone.now() - timedelta(days=50))
    changed(program, cursor)
    assert not FeedEntry.objects.exists(), "what is long gone is forgotten"
    SKU.objects.update(is_on_sale=True)
    assert set(changed(program, cursor)[0]) == {cards.code}


def test_it_reads_the_same_number_of_rows_whatever_the_catalogue(
    program: Program, cards: SKU, django_assert_num_queries: Any
) -> None:
    ask(program)
    with django_assert_num_queries(8):
        program.get("/api/v1/changes?limit=200")
    for _ in range(30):
        world.make_sku()
    ask(program)
    with django_assert_num_queries(8):
        told = program.get("/api/v1/changes?limit=200").json()
    assert len(told["results"]) == 31


def test_a_pass_is_made_once_in_a_while_however_many_ask(program: Program, cards: SKU) -> None:
    assert refresh_feed() == 1
    world.make_sku()
    assert refresh_feed() is None
    let_time_pass()
    assert refresh_feed() == 1


@pytest.mark.django_db(transaction=True)
def test_a_change_that_commits_late_is_not_skipped(program: Program, cards: SKU) -> None:
    """The classic gap: a transaction that began before a reader's cursor and commits after it."""
    slow, quick = world.make_sku(), world.make_sku()
    _, cursor = changed(program, "")
    in_doubt = connection.copy()
    try:
        with in_doubt.cursor() as elsewhere:
            elsewhere.execute("BEGIN")
            elsewhere.execute("UPDATE catalog_sku SET list_price = 77 WHERE id = %s", [slow.pk])
            SKU.objects.filter(pk=quick.pk).update(list_price=Decimal(78))
            found, cursor = changed(program, cursor)
            assert set(found) == {quick.code}
            elsewhere.execute("COMMIT")
    finally:
        in_doubt.close()
    assert set(changed(program, cursor)[0]) == {slow.code}


@pytest.mark.django_db(transaction=True)
def test_passes_at_once_lose_nothing_while_others_buy(
    program: Program, agent: Agent, cards: SKU
) -> None:
    world.pay_in(agent.wallet_id, "10000")
    _, cursor = changed(program, "")

    def act(number: int) -> None:
        if number % 2:
            own = Program(program.key_id, program.secret)
            assert own.order(sku=cards.code, client_ref=f"c{number}").status_code == 201
        else:
            let_time_pass()
            refresh_feed()

    in_threads(act, range(20), threads=6)
    found, _ = changed(program, cursor)
    assert found[cards.code]["stock"] == 10
    assert FeedState.objects.get().last_seq == FeedEntry.objects.order_by("-seq")[0].seq
