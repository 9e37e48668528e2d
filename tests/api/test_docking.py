"""A shop that speaks Dujiao-Next's protocol buys from us as if we were one of its own.

The program below is written from the protocol's documentation, not from our code.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from catalog.models import SKU, Category
from kameng.models import Agent, ApiKey, DeliveryAttempt, DockedOrder, OrderCallback
from kameng.services.agents import suspend_agent
from kameng.services.callbacks import send_callback
from ledger.services import balance
from orders.models import Order
from orders.services import apply_outcome, fulfil
from suppliers.models import Supplier
from suppliers.outcomes import Outcome, OutcomeKind
from tests import world
from tests.api.client import Program
from tests.api.conftest import program_of
from tests.listeners import Listener, listening
from tests.threads import in_threads

pytestmark = pytest.mark.django_db

BASE = "/api/v1/upstream"


class Shop:
    def __init__(self, program: Program) -> None:
        self.key, self.secret = program.key_id, program.secret
        self.http = Client()

    def headers(self, method: str, path: str, body: bytes, **changes: str) -> dict[str, str]:
        timestamp = changes.get("timestamp", str(int(time.time())))
        text = f"{method}\n{path}\n{timestamp}\n{hashlib.md5(body).hexdigest()}"
        signed = hmac.new(self.secret.encode(), text.encode(), hashlib.sha256).hexdigest()
        return {
            "Dujiao-Next-Api-Key": self.key,
            "Dujiao-Next-Timestamp": timestamp,
            "Dujiao-Next-Signature": changes.get("signature", signed),
        }

    def send(self, method: str, path: str, body: Any = None, **changes: Any) -> Any:
        raw = (
            b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        )
        headers = changes.pop("headers", None) or self.headers(
            method, BASE + path.partition("?")[0], raw, **changes
        )
        return self.http.generic(
            method, BASE + path, raw, content_type="application/json", headers=headers
        )

    def order(self, sku: SKU, quantity: int = 1, number: str = "DJ1", **more: Any) -> Any:
        body = {"sku_id": sku.pk, "quantity": quantity, "downstream_order_no": number, **more}
        return self.send("POST", "/orders", body)


@pytest.fixture
def shop(program: Program) -> Shop:
    return Shop(program)


@pytest.fixture
def topup(chain: list[Agent]) -> SKU:
    sku = world.make_sku("topup", list_price="50")
    supplier = Supplier.objects.create(code="far", name="远方", adapter="fulu")
    world.make_offer(sku, supplier, cost="45")
    return sku


@pytest.fixture
def listener() -> Iterator[Listener]:
    with listening() as found:
        found.answer = lambda request: (200, b'{"ok": true, "message": "received"}')
        yield found


def code(answer: Any) -> tuple[int, str]:
    told = answer.json()
    assert told["ok"] is False
    assert told["error_message"]
    return answer.status_code, told["error_code"]


def test_ping(shop: Shop, agent: Agent) -> None:
    answer = shop.send("POST", "/ping")
    assert answer.status_code == 200, answer.content
    told = answer.json()
    assert (told["ok"], told["protocol_version"]) == (True, "1.0")
    assert (told["balance"], told["currency"]) == ("1000.00", "CNY")
    assert type(told["user_id"]) is int
    assert set(told["member_level"]) == {"id", "name", "slug", "icon"}


def test_categories_have_two_levels(shop: Shop) -> None:
    top = world.make_category()
    middle = world.make_category(parent=top)
    world.make_category(parent=middle)
    Category.objects.rebuild()
    told = shop.send("GET", "/categories").json()["categories"]
    assert [(one["id"], one["parent_id"]) for one in told] == [(top.pk, 0), (middle.pk, top.pk)]
    assert set(told[0]) == {"id", "parent_id", "slug", "name", "icon", "sort_order"}


def test_products_are_shown_at_our_price(shop: Shop, cards: SKU, topup: SKU) -> None:
    world.make_sku(is_on_sale=False)
    told = shop.send("GET", "/products?page=1&page_size=20").json()
    assert (told["total"], told["page"], told["page_size"]) == (2, 1, 20)
    card, phone = told["items"]
    assert card["fulfillment_type"] == "auto"
    assert card["manual_form_schema"] is None
    assert (card["price_amount"], card["original_price"], card["member_price"]) == (
        "95.00", "100.00", "95.00",
    )  # fmt: skip
    (sku,) = card["skus"]
    assert (sku["id"], sku["sku_code"]) == (cards.pk, cards.code)
    assert (sku["stock_status"], sku["stock_quantity"]) == ("low_stock", 20)
    assert (phone["fulfillment_type"], phone["skus"][0]["stock_quantity"]) == ("manual", -1)
    assert phone["skus"][0]["stock_status"] == "unlimited"
    (field,) = phone["manual_form_schema"]["fields"]
    assert (field["key"], field["required"]) == ("phone", True)
    assert "original_price" not in phone
    assert set(card["title"]) == {"zh-CN", "en"}
    one = shop.send("GET", f"/products/{card['id']}").json()
    assert one["product"] == card


def test_pages_and_products_that_are_not_there(shop: Shop, cards: SKU, topup: SKU) -> None:
    told = shop.send("GET", "/products?page=2&page_size=1").json()
    assert (told["total"], [one["id"] for one in told["items"]]) == (2, [topup.product_id])
    assert shop.send("GET", "/products?page=x&page_size=9999").json()["page_size"] == 100
    hidden = world.make_sku(is_on_sale=False)
    assert code(shop.send("GET", f"/products/{hidden.product_id}")) == (404, "product_unavailable")
    assert code(shop.send("GET", "/products/99999999")) == (404, "product_not_found")


def test_an_order_of_codes_is_paid_and_delivered(shop: Shop, agent: Agent, cards: SKU) -> None:
    answer = shop.order(cards, 2)
    assert answer.status_code == 200, answer.content
    told = answer.json()
    assert set(told) == {"ok", "order_id", "order_no", "status", "amount", "currency"}
    assert (told["amount"], told["currency"]) == ("190.00", "CNY")
    assert balance(agent.wallet_id) == Decimal(810)
    detail = shop.send("GET", f"/orders/{told['order_id']}").json()
    assert detail["status"] == "completed"
    (item,) = detail["items"]
    assert (item["sku_id"], item["quantity"], item["unit_price"]) == (cards.pk, 2, "95.00")
    codes = detail["fulfillment"]["payload"].split("\n")
    assert len(codes) == 2
    assert all("----" in one for one in codes)
    assert (detail["fulfillment"]["type"], detail["fulfillment"]["status"]) == ("auto", "delivered")
    assert code(shop.send("POST", f"/orders/{told['order_id']}/cancel")) == (
        409, "cancel_not_allowed",
    )  # fmt: skip
    assert world.books_are_clean()


def test_a_top_up_takes_the_form(shop: Shop, topup: SKU) -> None:
    told = shop.order(topup, manual_form_data={"phone": "13800000000"}).json()
    assert told["status"] == "paid"
    detail = shop.send("GET", f"/orders/{told['order_id']}").json()
    assert "fulfillment" not in detail
    assert Order.objects.get().account == {"phone": "13800000000"}


@pytest.mark.django_db(transaction=True)
def test_a_repeat_gets_the_existing_order(shop: Shop, agent: Agent, cards: SKU) -> None:
    answers = in_threads(lambda _: shop.order(cards).json(), range(6), threads=6)
    assert len({answer["order_id"] for answer in answers}) == 1
    assert shop.order(cards, 5).json()["order_id"] == answers[0]["order_id"]
    strange = [shop.order(cards, number="订单 #7/é").json()["order_id"] for _ in range(2)]
    assert len(set(strange)) == 1
    assert Order.objects.count() == 2
    assert {one.downstream_order_no for one in DockedOrder.objects.all()} == {"DJ1", "订单 #7/é"}


def test_a_replayed_request_without_a_number_is_one_order(shop: Shop, cards: SKU) -> None:
    body = json.dumps({"sku_id": cards.pk, "quantity": 1}).encode()
    headers = shop.headers("POST", f"{BASE}/orders", body)
    answers = [shop.send("POST", "/orders", body, headers=headers).json() for _ in range(2)]
    assert answers[0]["order_id"] == answers[1]["order_id"]
    assert Order.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"sku_id": 99999999}, (400, "sku_unavailable")),
        ({"sku_id": "1"}, (400, "bad_request")),
        ({"sku_id": 2**64}, (400, "bad_request")),
        ({"quantity": 0}, (400, "bad_request")),
        ({"quantity": True}, (400, "bad_request")),
        ({"quantity": 21}, (402, "insufficient_balance")),
        ({"manual_form_data": []}, (200, "")),
        ({"manual_form_data": "x"}, (400, "bad_request")),
        ({"downstream_order_no": 7}, (400, "bad_request")),
        ({"callback_url": "http://127.0.0.1/x"}, (400, "invalid_callback_url")),
        ({"callback_url": "ftp://shop.example.com/x"}, (400, "invalid_callback_url")),
    ],
)
def test_each_refusal_has_its_code_and_charges_nothing(
    shop: Shop, agent: Agent, cards: SKU, settings: Any, change: Any, expected: tuple[int, str]
) -> None:
    settings.ALLOW_PRIVATE_CALLBACKS = False
    answer = shop.send("POST", "/orders", {"sku_id": cards.pk, "quantity": 1, **change})
    if not expected[1]:
        assert answer.json()["ok"]
        return
    assert code(answer) == expected
    assert balance(agent.wallet_id) == Decimal(1000)


def test_what_is_sold_out_is_short_of_stock(shop: Shop, agent: Agent, cards: SKU) -> None:
    world.pay_in(agent.wallet_id, "10000")
    assert code(shop.order(cards, 21)) == (409, "insufficient_stock")


def test_a_shop_on_plain_http_gets_its_order_and_must_ask(
    shop: Shop, cards: SKU, settings: Any
) -> None:
    settings.ALLOW_PRIVATE_CALLBACKS = False
    url = "http://shop.example.com/api/v1/upstream/callback"
    assert shop.order(cards, callback_url=url).json()["ok"]
    assert not OrderCallback.objects.exists()


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"headers": {"X": "y"}}, (401, "missing_auth_headers")),
        ({"timestamp": "soon"}, (401, "invalid_timestamp")),
        ({"timestamp": "1"}, (401, "timestamp_expired")),
        ({"signature": "0" * 64}, (401, "invalid_signature")),
    ],
)
def test_who_does_not_sign_right_is_refused(
    shop: Shop, changes: Any, expected: tuple[int, str]
) -> None:
    assert code(shop.send("POST", "/ping", **changes)) == expected


def test_keys_and_agents_that_ended_are_refused(shop: Shop, agent: Agent, cards: SKU) -> None:
    reader = Shop(program_of(agent, can_buy=False))
    assert code(reader.order(cards)) == (403, "buying_not_allowed")
    assert code(Shop(Program("ak_nobody", "x")).send("POST", "/ping")) == (401, "invalid_signature")
    elsewhere = Shop(program_of(agent, ip_allow_list=["203.0.113.7"]))
    assert code(elsewhere.send("POST", "/ping")) == (403, "ip_not_allowed")
    suspend_agent(agent=agent, actor=agent.user, reason="test")
    assert code(shop.send("POST", "/ping")) == (403, "user_disabled")
    ApiKey.objects.update(revoked_at=timezone.now())
    assert code(shop.send("POST", "/ping")) == (401, "invalid_signature")


def test_orders_of_others_do_not_exist(shop: Shop, chain: list[Agent], cards: SKU) -> None:
    order_id = shop.order(cards).json()["order_id"]
    other = Shop(program_of(chain[1]))
    assert code(other.send("GET", f"/orders/{order_id}")) == (404, "order_not_found")
    assert code(other.send("POST", f"/orders/{order_id}/cancel")) == (404, "order_not_found")


def signed_by(shop: Shop, listener: Listener) -> dict[str, Any]:
    (received,) = listener.received
    expected = shop.headers(
        "POST",
        "/api/v1/upstream/callback",
        received.body,
        timestamp=received.headers["dujiao-next-timestamp"],
    )
    assert received.headers["dujiao-next-signature"] == expected["Dujiao-Next-Signature"]
    assert received.headers["dujiao-next-api-key"] == shop.key
    told: dict[str, Any] = json.loads(received.body)
    return told


def test_a_delivery_is_told_with_its_codes_and_the_log_keeps_none(
    shop: Shop, cards: SKU, listener: Listener
) -> None:
    url = f"{listener.base_url}/api/v1/upstream/callback"
    order_id = shop.order(cards, callback_url=url).json()["order_id"]
    send_callback(callback_id=OrderCallback.objects.get().pk, attempt=0)
    told = signed_by(shop, listener)
    assert (told["order_id"], told["downstream_order_no"]) == (order_id, "DJ1")
    assert told["status"] == "completed"
    payload = told["fulfillment"]["payload"]
    assert payload == shop.send("GET", f"/orders/{order_id}").json()["fulfillment"]["payload"]
    kept = DeliveryAttempt.objects.get()
    assert (kept.status, payload in kept.body) == (200, False)
    assert OrderCallback.objects.get().delivered_at


def test_a_definite_failure_is_told_as_canceled_and_the_money_is_back(
    shop: Shop, agent: Agent, topup: SKU, listener: Listener
) -> None:
    url = f"{listener.base_url}/api/v1/upstream/callback"
    told = shop.order(topup, manual_form_data={"phone": "13800000000"}, callback_url=url).json()
    order = Order.objects.get()
    fulfil(order_id=order.pk)
    fulfilment = order.fulfilments.get()
    apply_outcome(
        fulfilment_id=fulfilment.pk, outcome=Outcome(OutcomeKind.REJECTED), source="query"
    )
    send_callback(callback_id=OrderCallback.objects.get().pk, attempt=0)
    assert signed_by(shop, listener)["status"] == "canceled"
    detail = shop.send("GET", f"/orders/{told['order_id']}").json()
    assert (detail["status"], "fulfillment" in detail) == ("canceled", False)
    canceled = shop.send("POST", f"/orders/{told['order_id']}/cancel").json()
    assert (canceled["ok"], canceled["status"]) == (True, "canceled")
    assert balance(agent.wallet_id) == Decimal(1000)


def test_our_own_calls_are_still_there(program: Program, shop: Shop) -> None:
    assert program.get("/api/v1/account").status_code == 200
    assert code(shop.send("GET", "/nothing")) == (404, "bad_request")
    assert code(shop.send("GET", "/ping")) == (405, "bad_request")
