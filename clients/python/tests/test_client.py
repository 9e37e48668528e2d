"""What is sent, what comes back, and what is tried again."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import httpx
import pytest

import kameng_client
from fake_shop import ORDER, Shop, answer, order, problem
from kameng_client import BadAnswer, NoAnswer, OrderRequest, Refused, ServerFailed
from kameng_client.errors import BY_CODE
from kameng_client.signing import signature

PRODUCT = {
    "code": "steam-100", "name": "Steam ¥100", "kind": "card", "face_value": "100.00",
    "price": "91.50", "stock": 480, "min_quantity": 1, "max_quantity": 10, "account_fields": [],
}  # fmt: skip


def test_it_signs_exactly_what_it_sends() -> None:
    shop = Shop([answer(ORDER, 201)])
    order(shop.client(), max_unit_price=Decimal("1E+2"))()
    (sent,) = shop.asked
    assert str(sent.url) == "https://shop.example/api/v1/orders"
    assert json.loads(sent.content) == {
        "sku": "mobile-50", "quantity": 1, "client_ref": "mine-1",
        "account": {"phone": "13800000000"}, "max_unit_price": "100",
    }  # fmt: skip
    assert sent.headers["X-Signature"] == signature(
        "secret",
        method="POST",
        path_and_query="/api/v1/orders",
        timestamp=sent.headers["X-Timestamp"],
        nonce=sent.headers["X-Nonce"],
        body=sent.content,
    )


def test_a_query_is_signed_as_it_goes_out() -> None:
    shop = Shop([answer({"results": [], "next": None})])
    shop.client().products_page(q="中国 移动&", kind="topup")
    (sent,) = shop.asked
    target = sent.url.raw_path.decode()
    assert "%E4%B8%AD" in target
    assert sent.headers["X-Signature"] == signature(
        "secret",
        method="GET",
        path_and_query=target,
        timestamp=sent.headers["X-Timestamp"],
        nonce=sent.headers["X-Nonce"],
        body=b"",
    )


def test_an_order_comes_back_typed() -> None:
    bought = order(Shop([answer(ORDER, 201)]).client())()
    assert (bought.total, bought.is_final) == (Decimal("49.00"), True)
    assert bought.created_at == datetime(2026, 11, 24, 0, 16, 0, 10000, tzinfo=UTC)
    assert bought.timeline[0].code == "paid"


@pytest.mark.parametrize(
    "failure",
    [
        httpx.ReadTimeout("late"),
        httpx.ConnectError("down"),
        httpx.RemoteProtocolError("cut off"),
        httpx.Response(502, text="<html>"),
        problem("unavailable", 503),
        problem("internal_error", 500),
        httpx.Response(200, text="not JSON"),
        answer({**ORDER, "total": 49.0}, 201),
    ],
    ids=repr,
)
def test_without_an_answer_the_same_order_is_sent_again(failure: Any) -> None:
    shop = Shop([failure, answer(ORDER)])
    assert order(shop.client())().order_no == ORDER["order_no"]
    first, second = shop.asked
    assert first.content == second.content
    assert first.headers["X-Nonce"] != second.headers["X-Nonce"]


def test_it_waits_as_long_as_the_shop_asks() -> None:
    shop = Shop([problem("rate_limited", 429, {"Retry-After": "7"}), answer(ORDER)])
    order(shop.client())()
    assert shop.waits == [7.0]


def test_it_gives_up_rather_than_wait_for_hours() -> None:
    shop = Shop([problem("rate_limited", 429, {"Retry-After": "3600"})])
    with pytest.raises(kameng_client.RateLimited) as told:
        order(shop.client())()
    assert told.value.retry_after_seconds == 3600


def test_it_gives_up_after_its_attempts_and_says_that_it_is_not_known() -> None:
    shop = Shop([httpx.ReadTimeout("late")] * 3)
    with pytest.raises(NoAnswer) as told:
        order(shop.client(attempts=3))()
    assert (told.value.code, told.value.is_unsent, len(shop.asked)) == ("timeout", False, 3)
    assert 0 < shop.waits[0] < shop.waits[1]


@pytest.mark.parametrize("code", sorted(set(BY_CODE) - {"rate_limited"}))
def test_a_refusal_is_told_at_once_and_by_its_class(code: str) -> None:
    shop = Shop([problem(code, 409, errors={"quantity": ["too many"]})])
    with pytest.raises(BY_CODE[code]) as told:
        order(shop.client())()
    assert (told.value.code, told.value.errors) == (code, {"quantity": ["too many"]})
    assert len(shop.asked) == 1


def test_a_code_of_a_later_version_is_a_refusal_too() -> None:
    with pytest.raises(Refused, match="something_new"):
        order(Shop([problem("something_new", 409)]).client())()


@pytest.mark.parametrize(
    "said",
    [
        httpx.Response(404, text="<h1>Not Found</h1>"),
        httpx.Response(302, headers={"Location": "https://elsewhere.example/"}),
        problem("unknown_order", 404, told_status=200),
    ],
    ids=repr,
)
def test_what_is_not_the_shops_word_is_no_refusal(said: httpx.Response) -> None:
    with pytest.raises(BadAnswer):
        order(Shop([said]).client(attempts=1))()


def test_products_are_read_page_by_page() -> None:
    shop = Shop(
        [
            answer({"results": [PRODUCT], "next": "abc"}),
            answer({"results": [{**PRODUCT, "code": "steam-50", "stock": None}], "next": None}),
        ]
    )
    assert [(one.code, one.stock) for one in shop.client().products()] == [
        ("steam-100", 480),
        ("steam-50", None),
    ]
    assert shop.asked[1].url.params["cursor"] == "abc"


def test_an_order_is_found_by_ones_own_reference_or_not_at_all() -> None:
    client = Shop(
        [
            answer({"results": [ORDER], "next": None}),
            answer({"results": [], "next": None}),
            answer({"results": [{**ORDER, "client_ref": "other"}], "next": None}),
        ]
    ).client(attempts=1)
    found = client.order_of_reference("mine-1")
    assert found
    assert found.order_no == ORDER["order_no"]
    assert client.order_of_reference("mine-1") is None
    with pytest.raises(BadAnswer):
        client.order_of_reference("mine-1")


def test_codes_do_not_show_in_logs() -> None:
    shop = Shop([answer({"cards": [{"number": "8600", "secret": "KQ", "expires": "2028-12-31"}]})])
    (card,) = shop.client().cards("261124")
    assert (card.secret, card.expires and card.expires.year) == ("KQ", 2028)
    assert "KQ" not in repr(card)


def test_a_batch_is_told_by_line() -> None:
    told = {
        "batch_no": "B1", "batch_ref": "night-1", "status": "working", "waiting": 1, "placed": 0,
        "refused": 1, "created_at": "2026-11-24T08:00:00+08:00", "finished_at": None,
        "lines": [
            {"line": 1, "client_ref": "a", "state": "refused", "order_no": None,
             "order_status": None, "total": None,
             "problem": {"code": "unknown_sku", "detail": "Not on sale."}},
            {"line": 2, "client_ref": "b", "state": "waiting", "order_no": None,
             "order_status": None, "total": None, "problem": None},
        ],
    }  # fmt: skip
    shop = Shop([answer(told, 202)])
    batch = shop.client().place_batch(
        batch_ref="night-1",
        orders=[OrderRequest("mobile-50", 1, ref, {"phone": "13800000000"}) for ref in "ab"],
    )
    assert not batch.is_finished
    assert [(line.state, line.code) for line in batch.lines] == [
        ("refused", "unknown_sku"),
        ("waiting", None),
    ]
    assert len(json.loads(shop.asked[0].content)["orders"]) == 2


def test_changes_say_what_is_off_the_shelf() -> None:
    told = {
        "results": [
            {"code": "steam-100", "on_sale": True, "product": PRODUCT},
            {"code": "gone", "on_sale": False, "product": None},
        ],
        "next": "c2",
        "has_more": False,
    }
    changes = Shop([answer(told)]).client().changes("c1")
    assert [one.product.price if one.product else None for one in changes.results] == [
        Decimal("91.50"),
        None,
    ]


def test_the_account_and_the_statement() -> None:
    account = {
        "username": "yiji", "tier": "level1", "status": "active", "balance": "-1.50",
        "currency": "CNY", "limits": {"credit_line": "5.00"},
    }  # fmt: skip
    line = {
        "at": "2026-11-24T08:00:00+08:00", "kind": "deposit", "amount": "1000.00",
        "balance": "1000.0125", "reference": "r", "memo": "",
    }  # fmt: skip
    shop = Shop([answer(account), answer({"results": [line], "next": None})])
    client = shop.client()
    assert client.account().balance == Decimal("-1.50")
    since = datetime(2026, 11, 24, tzinfo=UTC)
    assert client.statement_page(since=since).results[0].balance == Decimal("1000.0125")
    assert shop.asked[1].url.params["from"] == "2026-11-24T00:00:00+00:00"


def test_a_failing_shop_is_not_a_refusal() -> None:
    with pytest.raises(ServerFailed):
        Shop([problem("unavailable", 503)]).client(attempts=1).account()


def test_it_wants_an_address() -> None:
    with pytest.raises(ValueError, match="address"):
        kameng_client.Client("shop.example", key_id="k", secret="s")
