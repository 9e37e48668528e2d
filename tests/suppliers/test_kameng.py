"""Our own API as a supplier's: which refusals are definite, and what is only a reason to ask.

The rest is in the conformance suite and, against a real second instance, in tests/instances.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest

from kameng_client.signing import signed_headers
from suppliers.adapters.base import CallbackRefused, CallbackRequest, SubmitRequest, SupplierConfig
from suppliers.adapters.kameng import KamengAdapter
from suppliers.outcomes import OutcomeKind
from tests.listeners import Listener, Received, listening

NUMBER = "F0123456789"
CALLBACK = "https://retail.example/callbacks/suppliers/other/"
ORDER = {
    "order_no": "26112408160087654321", "client_ref": NUMBER, "sku": "mobile-50", "quantity": 1,
    "unit_price": "49.00", "total": "49.00", "status": "fulfilling", "delivered": 0,
    "refunded": "0.00", "account": {"phone": "13800000000"},
    "created_at": "2026-11-24T08:16:00+08:00", "finished_at": None, "timeline": [],
}  # fmt: skip
REQUEST = SubmitRequest(NUMBER, "topup", "mobile-50", Decimal(50), 1, {"phone": "13800000000"})


@pytest.fixture
def shop() -> Iterator[Listener]:
    with listening() as listener:
        listener.answer_headers = {"Content-Type": "application/problem+json"}
        yield listener


def adapter(shop: Listener, **secrets: str) -> KamengAdapter:
    return KamengAdapter(
        SupplierConfig(
            code="other",
            base_url=shop.base_url,
            secrets={"key_id": "ak_1", "secret": "one", **secrets},
            connect_timeout_seconds=10,
            read_timeout_seconds=10,
            callback_url=CALLBACK,
        )
    )


def says(
    problem: tuple[int, str], *, then: dict[str, Any] | None = None, **more: Any
) -> Callable[[Received], tuple[int, bytes]]:
    """Refuse every order; know `then` of the number when asked, or nothing."""
    status, code = problem

    def answer(request: Received) -> tuple[int, bytes]:
        if "client_ref=" in request.path:
            return 200, json.dumps({"results": [then] if then else [], "next": None}).encode()
        told = {"type": "", "title": "", "status": status, "detail": "No.", "code": code, **more}
        return status, json.dumps(told).encode()

    return answer


@pytest.mark.parametrize(
    "problem",
    [
        (402, "insufficient_balance"), (403, "limit_exceeded"), (403, "buying_not_allowed"),
        (404, "unknown_sku"), (409, "out_of_stock"), (409, "price_changed"), (422, "invalid"),
        (401, "bad_signature"), (401, "stale_timestamp"), (403, "agent_suspended"),
        (403, "ip_not_allowed"), (409, "a_code_of_a_later_version"),
    ],
)  # fmt: skip
def test_what_the_shop_refuses_is_definite(shop: Listener, problem: tuple[int, str]) -> None:
    shop.answer = says(problem)
    outcome = adapter(shop).submit(REQUEST)
    assert (outcome.kind, outcome.code) == (OutcomeKind.REJECTED, problem[1])
    assert outcome.message == "No."


def test_a_refusal_does_not_count_when_there_is_an_order(shop: Listener) -> None:
    shop.answer = says((409, "out_of_stock"), then=ORDER)
    assert adapter(shop).submit(REQUEST).kind is OutcomeKind.ACCEPTED


@pytest.mark.parametrize("then", [ORDER, None])
def test_a_reference_in_use_is_asked_about(shop: Listener, then: dict[str, Any] | None) -> None:
    shop.answer = says((409, "idempotency_conflict"), then=then)
    expected = OutcomeKind.ACCEPTED if then else OutcomeKind.UNKNOWN
    assert adapter(shop).submit(REQUEST).kind is expected


def test_too_many_calls_is_sent_later(shop: Listener) -> None:
    shop.answer = says((429, "rate_limited"))
    shop.answer_headers["Retry-After"] = "17"
    outcome = adapter(shop).submit(REQUEST)
    assert (outcome.kind, outcome.retry_after_seconds) == (OutcomeKind.DEFERRED, 17)


def test_a_shop_that_may_not_call_us_gets_the_order_without_an_address(shop: Listener) -> None:
    refused = says((422, "invalid"), errors={"callback_url": ["private"]})

    def answer(request: Received) -> tuple[int, bytes]:
        if b"callback_url" in request.body:
            return refused(request)
        return 201, json.dumps(ORDER).encode()

    shop.answer = answer
    assert adapter(shop).submit(REQUEST).kind is OutcomeKind.ACCEPTED
    assert [b"callback_url" in one.body for one in shop.received] == [True, False]


def test_a_query_that_is_refused_says_nothing_of_the_order(shop: Listener) -> None:
    shop.answer = lambda request: (403, json.dumps(
        {"status": 403, "code": "agent_suspended", "detail": "No."}
    ).encode())  # fmt: skip
    outcome = adapter(shop).query(NUMBER)
    assert (outcome.kind, outcome.code) == (OutcomeKind.UNKNOWN, "agent_suspended")


@pytest.mark.parametrize(
    ("changes", "delivered", "cost"),
    [
        ({"status": "completed", "delivered": 2}, 2, Decimal("98.00")),
        ({"status": "partially_completed", "delivered": 1, "refunded": "49.00"}, 1, Decimal(49)),
    ],
)
def test_codes_are_fetched_and_what_was_refunded_costs_nothing(
    shop: Listener, changes: dict[str, Any], delivered: int, cost: Decimal
) -> None:
    order = {**ORDER, "account": {}, "quantity": 2, "total": "98.00", **changes}
    cards = [{"number": f"N{n}", "secret": f"S{n}", "expires": None} for n in range(delivered)]

    def answer(request: Received) -> tuple[int, bytes]:
        if request.path.endswith("/cards"):
            return 200, json.dumps({"cards": cards}).encode()
        return 200, json.dumps({"results": [order], "next": None}).encode()

    shop.answer = answer
    outcome = adapter(shop).query(NUMBER)
    assert (outcome.kind, outcome.cost) == (OutcomeKind.DELIVERED, cost)
    assert [card.secret for card in outcome.cards] == [f"S{n}" for n in range(delivered)]


def test_another_number_of_codes_than_delivered_is_not_believed(shop: Listener) -> None:
    order = {**ORDER, "account": {}, "quantity": 2, "status": "completed", "delivered": 2}

    def answer(request: Received) -> tuple[int, bytes]:
        if request.path.endswith("/cards"):
            card = {"number": "N", "secret": "S", "expires": None}
            return 200, json.dumps({"cards": [card]}).encode()
        return 200, json.dumps({"results": [order], "next": None}).encode()

    shop.answer = answer
    outcome = adapter(shop).query(NUMBER)
    assert (outcome.kind, outcome.code) == (OutcomeKind.UNKNOWN, "card_count")


def callback(key_id: str, secret: str, status: str) -> CallbackRequest:
    body = json.dumps({**ORDER, "status": status}).encode()
    headers = signed_headers(
        key_id=key_id,
        secret=secret,
        method="POST",
        path_and_query="/callbacks/suppliers/other/",
        body=body,
    )
    return CallbackRequest("POST", {}, {}, headers, body)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        ("completed", OutcomeKind.DELIVERED),
        ("failed", OutcomeKind.REJECTED),
        ("partially_completed", None),
        ("fulfilling", None),
    ],
)
def test_a_callback_says_what_its_status_says(
    shop: Listener, status: str, kind: OutcomeKind | None
) -> None:
    result = adapter(shop).parse_callback(callback("ak_1", "one", status))
    assert result.fulfilment_no == NUMBER
    assert (result.outcome.kind if result.outcome else None) is kind


def test_a_former_key_still_counts_while_it_is_kept(shop: Listener) -> None:
    told = callback("ak_0", "zero", "completed")
    with pytest.raises(CallbackRefused):
        adapter(shop).parse_callback(told)
    kept = adapter(shop, former_key_id="ak_0", former_secret="zero")
    assert kept.parse_callback(told).outcome
