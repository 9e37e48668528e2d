"""Dujiao-Next's shapes as its documentation has them, and asking about what has no answer."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from suppliers.adapters import dujiao_wire as wire
from suppliers.adapters.base import CallbackRefused, CallbackRequest, SubmitRequest, SupplierConfig
from suppliers.adapters.dujiao import DujiaoAdapter
from suppliers.outcomes import OutcomeKind
from tests.listeners import Listener, Received, listening

CALLBACK = "https://shop.example/callbacks/suppliers/dj/"
CARDS = SubmitRequest("F0123456789", "card", "1", Decimal(10), 1, {})
PLACED = {
    "ok": True, "order_id": 101, "order_no": "DJ20260301120000ABCD", "status": "paid",
    "amount": "9.90", "currency": "CNY",
}  # fmt: skip
DETAIL = {
    "ok": True, "order_id": 101, "order_no": "DJ20260301120000ABCD", "status": "completed",
    "amount": "9.90", "currency": "CNY",
    "items": [
        {
            "product_id": 1, "sku_id": 1, "title": {"zh-CN": "示例商品"}, "quantity": 1,
            "unit_price": "9.90", "total_price": "9.90", "fulfillment_type": "auto",
        }
    ],
    "fulfillment": {
        "type": "auto", "status": "delivered", "payload": "ABCD-EFGH-1234-5678",
        "delivery_data": None, "delivered_at": "2026-03-01T12:01:00Z",
    },
}  # fmt: skip
FAILED = {
    "ok": False, "order_id": 101, "order_no": "DJ20260301120000ABCD", "status": "canceled",
    "error_code": "payment_failed", "error_message": "wallet payment failed",
}  # fmt: skip


@pytest.fixture
def shop() -> Iterator[Listener]:
    with listening() as listener:
        yield listener


def adapter(shop: Listener) -> DujiaoAdapter:
    return DujiaoAdapter(
        SupplierConfig(
            code="dj",
            base_url=f"{shop.base_url}/api/v1/upstream",
            secrets={"api_key": "k", "api_secret": "s"},
            connect_timeout_seconds=10,
            read_timeout_seconds=10,
            callback_url=CALLBACK,
        )
    )


def says(shop: Listener, created: dict[str, Any], status: int = 200) -> None:
    def answer(request: Received) -> tuple[int, bytes]:
        if request.path.endswith("/orders"):
            return status, json.dumps(created).encode()
        return 200, json.dumps(DETAIL).encode()

    shop.answer = answer


def test_the_signature_is_that_of_public_clients() -> None:
    """The vector is another implementation's own test: a GET without a body."""
    made = wire.signature(
        "test-secret-0123456789abcdef",
        method="GET",
        path="/api/v1/upstream/products",
        timestamp="1700000000",
        body=b"",
    )
    assert made == "0f62715533760637016e7d94edc67dc11d0c665bc28234348a2a2892e10c4340"


def test_an_order_is_placed_and_its_codes_are_fetched(shop: Listener) -> None:
    says(shop, PLACED)
    outcome = adapter(shop).submit(CARDS)
    assert (outcome.kind, outcome.cost) == (OutcomeKind.DELIVERED, Decimal("9.90"))
    assert outcome.supplier_order_no == "101"
    assert [card.secret for card in outcome.cards] == ["ABCD-EFGH-1234-5678"]
    created, asked = shop.received
    assert (created.path, asked.path) == ("/api/v1/upstream/orders", "/api/v1/upstream/orders/101")
    assert json.loads(created.body) == {
        "sku_id": 1, "quantity": 1, "downstream_order_no": "F0123456789",
        "trace_id": "F0123456789", "callback_url": CALLBACK,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("told", "status"),
    [
        (FAILED, 200),
        ({"ok": False, "error_code": "insufficient_balance", "error_message": "x"}, 402),
        ({"ok": False, "error_code": "insufficient_stock", "error_message": "x"}, 409),
        ({"ok": False, "error_code": "user_disabled", "error_message": "x"}, 403),
    ],
)
def test_a_refusal_is_definite_when_sent_and_no_failure_when_asked(
    shop: Listener, told: dict[str, Any], status: int
) -> None:
    says(shop, told, status)
    assert adapter(shop).submit(CARDS).kind is OutcomeKind.REJECTED
    assert adapter(shop).ask(CARDS).kind is OutcomeKind.NOT_FOUND


@pytest.mark.parametrize(
    ("told", "status"),
    [
        ({"ok": False, "error_code": "internal_error", "error_message": "x"}, 500),
        ({"ok": False, "error_code": "a_new_one", "error_message": "x"}, 400),
        ({"ok": True}, 200),
        ({"ok": True, "order_id": "x"}, 200),
    ],
)
def test_anything_else_is_unknown(shop: Listener, told: dict[str, Any], status: int) -> None:
    says(shop, told, status)
    assert adapter(shop).submit(CARDS).kind is OutcomeKind.UNKNOWN


def test_a_lost_answer_is_asked_about_by_repeating_and_only_while_undecided(shop: Listener) -> None:
    says(shop, PLACED)
    assert adapter(shop).ask(CARDS).kind is OutcomeKind.DELIVERED
    decided = adapter(shop).ask(CARDS, may_send_again=False)
    assert (decided.kind, decided.code) == (OutcomeKind.UNKNOWN, "no_order_id")
    known = adapter(shop).ask(CARDS, supplier_order_no="101", may_send_again=False)
    assert known.kind is OutcomeKind.DELIVERED
    assert [one.path.endswith("/orders") for one in shop.received] == [True, False, False]


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        ("delivered", OutcomeKind.DELIVERED),
        ("completed", OutcomeKind.DELIVERED),
        ("canceled", OutcomeKind.REJECTED),
        ("partially_delivered", None),
        ("fulfilling", None),
    ],
)
def test_a_callback_says_what_its_status_says(
    shop: Listener, status: str, kind: OutcomeKind | None
) -> None:
    body = json.dumps(
        {"event": "x", "order_id": 101, "downstream_order_no": "F0123456789", "status": status}
    ).encode()
    signed = wire.signed_headers(
        key="k", secret="s", method="POST", path="/callbacks/suppliers/dj/", body=body
    )
    headers = {name.lower(): value for name, value in signed.items()}
    result = adapter(shop).parse_callback(CallbackRequest("POST", {}, {}, headers, body))
    assert (result.fulfilment_no, result.outcome.kind if result.outcome else None) == (
        "F0123456789", kind,
    )  # fmt: skip
    assert json.loads(result.reply) == {"ok": True, "message": "received"}
    with pytest.raises(CallbackRefused):
        adapter(shop).parse_callback(CallbackRequest("POST", {}, {}, headers, body + b" "))
