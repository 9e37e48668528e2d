"""An agent's orders and codes in the browser."""

from __future__ import annotations

import csv
import io

import pytest
import tablib
from django.urls import reverse

from kameng.forms.buying import new_client_ref
from kameng.queries.orders import OrderQuery, find_orders, totals
from orders.models import Order
from orders.services import place_order
from suppliers.models import Supplier
from tests import world
from ui.pages import CappedPaginator
from users.models import AuditLog

pytestmark = pytest.mark.django_db


@pytest.fixture
def agent(chain):
    return chain[2]


@pytest.fixture
def portal(browser, agent):
    return browser(agent)


def buy(agent, sku, quantity: int = 1, ref: str = "r1", **more: object) -> Order:
    return place_order(
        channel="wholesale",
        buyer=agent.user,
        sku=sku,
        quantity=quantity,
        client_ref=ref,
        **more,  # type: ignore[arg-type]
    ).order


def address(name: str, order: Order) -> str:
    return reverse(f"kameng:{name}", args=[order.order_no])


def body(answer) -> str:
    return b"".join(answer.streaming_content).decode("utf-8-sig")


def test_codes_stay_hidden_until_they_are_asked_for_and_that_is_recorded(
    portal, agent, card
) -> None:
    order = buy(agent, card, 2)
    before = portal.get(address("order", order)).content.decode()
    assert "Show the codes" in before
    assert "N0000000" not in before
    assert not AuditLog.objects.filter(action="reveal_codes").exists()
    after = portal.post(address("order_codes", order), {"as": "page"}).content.decode()
    assert "N0000000" in after
    assert "N0000001" in after
    record = AuditLog.objects.get(action="reveal_codes")
    assert (record.actor, record.details["cards"]) == (agent.user, 2)
    assert "N0000000" not in str(record.details)


def test_the_page_with_codes_is_never_cached(portal, agent, card) -> None:
    order = buy(agent, card)
    assert "no-store" in portal.post(address("order_codes", order))["Cache-Control"]


def test_codes_can_be_downloaded_as_text_and_csv(portal, agent, card) -> None:
    order = buy(agent, card, 3)
    text = body(portal.post(address("order_codes", order), {"as": "txt"}))
    assert len(text.splitlines()) == 3
    assert all(len(line.split()) == 2 for line in text.splitlines())
    table = list(
        csv.reader(io.StringIO(body(portal.post(address("order_codes", order), {"as": "csv"}))))
    )
    assert table[0] == ["Number", "Secret", "Valid until"]
    assert len(table) == 4


def test_a_code_that_looks_like_a_formula_is_not_one_in_the_file(portal, agent, chain) -> None:
    sku = world.make_sku(list_price="10")
    world.stock_cards(sku, 1, unit_cost="8", tag='=HYPERLINK("x")')
    order = buy(agent, sku)
    table = list(
        csv.reader(io.StringIO(body(portal.post(address("order_codes", order), {"as": "csv"}))))
    )
    assert all(not cell.startswith("=") for row in table for cell in row)
    answer = portal.post(address("order_codes", order), {"as": "xlsx"})
    sheet = tablib.Dataset().load(b"".join(answer.streaming_content), format="xlsx")
    assert len(sheet) == 1
    assert str(sheet[0][0]).startswith("'=HYPERLINK")


def test_a_long_order_shows_some_codes_and_hands_out_all_in_the_file(portal, agent, chain) -> None:
    sku = world.make_sku(list_price="1")
    world.stock_cards(sku, 260, unit_cost="0.5")
    order = buy(agent, sku, 260)
    html = portal.post(address("order_codes", order), {"as": "page"}).content.decode()
    assert "The first 200 of 260 are shown" in html
    text = body(portal.post(address("order_codes", order), {"as": "txt"}))
    assert len(set(text.splitlines())) == 260


def test_nobody_sees_somebody_elses_order_or_codes(browser, chain, agent, card) -> None:
    order = buy(agent, card)
    for other in (chain[1], world.make_agent()):
        stranger = browser(other)
        assert stranger.get(address("order", order)).status_code == 404
        assert stranger.get(address("order_progress", order)).status_code == 404
        assert stranger.post(address("order_codes", order), {"as": "txt"}).status_code == 404
    assert not AuditLog.objects.filter(action="reveal_codes").exists()


def test_codes_are_not_handed_out_by_a_mere_link(portal, agent, card) -> None:
    assert portal.get(address("order_codes", buy(agent, card))).status_code == 405


def test_an_order_under_way_follows_itself_until_it_is_over(portal, agent, card, chain) -> None:
    sku = world.make_sku("topup", list_price="10")
    supplier = Supplier.objects.create(code="far", name="远方", adapter="fulu")
    world.make_offer(sku, supplier, cost="9")
    moving = buy(agent, sku, account={"phone": "13800138000"})
    html = portal.get(address("order", moving)).content.decode()
    assert f'hx-get="{address("order_progress", moving)}"' in html
    done = buy(agent, card, ref="r2")
    assert "hx-trigger" not in portal.get(address("order_progress", done)).content.decode()


def test_orders_are_found_by_number_phone_goods_and_state(portal, agent, card) -> None:
    sku = world.make_sku("topup", list_price="10")
    supplier = Supplier.objects.create(code="far", name="远方", adapter="fulu")
    world.make_offer(sku, supplier, cost="9")
    moving = buy(agent, sku, account={"phone": "13800138000"}, ref="a")
    done = buy(agent, card, ref="b")
    here = reverse("kameng:orders")

    def found(**filters: str) -> set[str]:
        html = portal.get(here, filters).content.decode()
        return {order.order_no for order in (moving, done) if order.order_no in html}

    assert found() == {moving.order_no, done.order_no}
    assert found(status="open") == {moving.order_no}
    assert found(status="completed") == {done.order_no}
    assert found(status="failed") == set()
    assert found(q="138 0013") == {moving.order_no}
    assert found(q=done.order_no) == {done.order_no}
    assert found(q=card.product.name) == {done.order_no}
    assert found(since="2020-01-01", until="2020-01-02") == set()


def test_orders_are_narrowed_by_goods_and_source_added_up_and_leave_as_a_file(
    portal, agent, card
) -> None:
    sku = world.make_sku("topup", list_price="10")
    supplier = Supplier.objects.create(code="far", name="远方", adapter="fulu")
    world.make_offer(sku, supplier, cost="9")
    by_hand = buy(agent, card, 3, ref="web-" + "a" * 32)
    program = buy(agent, card, ref="mine")
    planned = buy(agent, sku, account={"phone": "13800138000"}, ref="plan-1-1")
    listed = buy(agent, sku, account={"phone": "13800138001"}, ref="job-B1-1")
    world.refund(program, program.total)
    all_of_them = (by_hand, program, planned, listed)
    here = reverse("kameng:orders")

    def found(**filters: str) -> list[Order]:
        html = portal.get(here, filters).content.decode()
        shown = [order for order in all_of_them if f"/{order.order_no}/" in html]
        return sorted(shown, key=lambda order: html.index(f"/{order.order_no}/"))

    assert found(source="portal") == [by_hand]
    assert found(source="api") == [program]
    assert found(source="plan") == [planned]
    assert found(source="batch") == [listed]
    assert found(kind="topup") == [listed, planned]
    assert found(category=card.product.category.code) == [program, by_hand]
    assert found(sku=sku.code, sort="oldest") == [planned, listed]
    assert found(sort="total")[0] == by_hand
    assert found(q="mine") == [program]
    html = portal.get(here, {"kind": "card"}).content.decode()
    assert "2 orders: ¥380.00, of it refunded ¥95.00, paid in the end ¥285.00." in html
    table = list(csv.reader(io.StringIO(body(portal.get(here, {"kind": "card", "format": "csv"})))))
    assert [row[0] for row in table[1:]] == [program.order_no, by_hand.order_no]
    assert "N0000000" not in str(table)


def test_a_long_list_is_counted_so_far_and_no_further(portal, agent, card, monkeypatch) -> None:
    for n in range(3):
        buy(agent, card, ref=f"r{n}")
    monkeypatch.setattr("kameng.queries.orders.MOST_COUNTED", 2)
    monkeypatch.setattr("ui.pages.MOST_COUNTED", 2)
    found = find_orders(agent.user, OrderQuery())
    sums = totals(found)
    assert (sums.is_capped, sums.count) == (True, 3)
    pages = CappedPaginator(found, 1, counted=sums.count, most=2)
    assert (pages.is_capped, pages.count, pages.num_pages) == (True, 2, 2)


def test_ten_thousand_cards_are_bought_and_downloaded_to_the_last(portal, agent) -> None:
    sku = world.make_sku(list_price="1")
    world.stock_cards(sku, 10_000, unit_cost="0.5", tag="BIG")
    world.pay_in(agent.wallet_id, "9000")
    form = {"sku": sku.code, "quantity": "10000", "client_ref": new_client_ref()}
    code = sku.product.code
    quote = portal.get(reverse("kameng:quote", args=[code]), form).content.decode()
    assert "10,000" in quote
    confirm = portal.post(reverse("kameng:review", args=[code]), form).content.decode()
    assert "Confirm and pay ¥10,000.00" in confirm
    bought = portal.post(reverse("kameng:buy", args=[code]), form | {"unit_price": "1.00"})
    order = Order.objects.get()
    assert bought["Location"] == address("order", order)
    assert "10000 codes" in portal.get(address("order", order)).content.decode()
    text = body(portal.post(address("order_codes", order), {"as": "txt"})).splitlines()
    assert len(set(text)) == 10_000
    assert "BIGN0009999 BIGS0009999" in text
    sheet = portal.post(address("order_codes", order), {"as": "xlsx"})
    rows = tablib.Dataset().load(b"".join(sheet.streaming_content), format="xlsx")
    assert {row[0] for row in rows} == {line.split()[0] for line in text}
    assert world.books_are_clean()


@pytest.mark.parametrize(
    "query",
    [
        "since=yesterday",
        "since=2026-01-02&until=2026-01-01",
        "q=%00",
        "q=" + "x" * 500,
        "since=0001-01-01",
        "until=9999-12-31",
        "page=-1",
        "page=abc",
        "status='; DROP TABLE",
    ],
)
def test_a_hostile_filter_breaks_nothing(portal, agent, card, query) -> None:
    buy(agent, card)
    for name in ("orders", "funds", "commissions", "downline", "catalogue"):
        assert portal.get(f"{reverse(f'kameng:{name}')}?{query}").status_code == 200


def test_the_statement_shows_the_running_balance_and_leaves_as_csv(portal, agent, card) -> None:
    order = buy(agent, card, 2)
    html = portal.get(reverse("kameng:funds")).content.decode()
    assert "¥810.00" in html
    assert order.order_no in html
    table = list(
        csv.reader(io.StringIO(body(portal.get(reverse("kameng:funds"), {"format": "csv"}))))
    )
    assert [row[4:] for row in table[1:]] == [
        ["", "-190.0000", "810.0000"],
        ["1000.0000", "", "1000.0000"],
    ]


def test_a_commission_shows_the_prices_that_gave_it(browser, chain, card) -> None:
    world.make_policy("0.01", "0.005")
    buy(chain[2], card, 2)
    html = browser(chain[1]).get(reverse("kameng:commissions")).content.decode()
    assert "¥95.00 − ¥90.00" in html
    assert "¥11.9000" in html
    master = browser(chain[0]).get(reverse("kameng:commissions")).content.decode()
    assert "¥90.00 − ¥88.00" in master
