"""DT One: the documented vector, and what only this protocol has."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import httpx
import pytest

from suppliers.adapters.base import CallbackRefused, CallbackRequest, SubmitRequest, SupplierConfig
from suppliers.adapters.dtone import DEFINITE, DTOneAdapter, basic
from suppliers.outcomes import OutcomeKind
from suppliers.sandbox.accounts import DTONE
from tests.listeners import Listener, Received, listening
from tests.sandboxes import SandboxProcess, wait_until

NUMBER = "T20240101000001"


@pytest.fixture
def server() -> Iterator[Listener]:
    with listening() as listener:
        yield listener


def dtone(url: str, **options: str) -> DTOneAdapter:
    return DTOneAdapter(
        SupplierConfig(
            code="dtone",
            base_url=f"{url}/v1",
            options={"cny_rate": "7", **options},
            secrets={"api_key": "key123", "api_secret": "sesame"},
            read_timeout_seconds=1,
            callback_url="https://shop.example/callbacks/suppliers/dtone/",
        )
    )


def order(offer_ref: str = "41", kind: str = "topup", **changes: Any) -> SubmitRequest:
    wanted: dict[str, Any] = {
        "fulfilment_no": NUMBER,
        "kind": kind,
        "offer_ref": offer_ref,
        "face_value": Decimal(50),
        "quantity": 1,
        "account": {"phone": "13800138000"} if kind == "topup" else {},
    }
    return SubmitRequest(**(wanted | changes))


def transaction(status_class: int, **more: Any) -> dict[str, Any]:
    return {
        "id": 9,
        "external_id": NUMBER,
        "status": {"id": status_class * 10_000, "message": "m", "class": {"id": status_class}},
        "prices": {"wholesale": {"amount": 7.0, "fee": 0.5, "unit": "USD"}},
        **more,
    }


def error(code: int) -> bytes:
    return json.dumps({"errors": [{"code": code, "message": "no"}]}).encode()


def test_the_authorization_is_the_documented_one() -> None:
    assert basic("key123", "sesame") == "Basic a2V5MTIzOnNlc2FtZQ=="


def test_a_fixed_and_a_ranged_order(server: Listener) -> None:
    server.answer = lambda request: (201, json.dumps(transaction(2)).encode())

    outcomes = [dtone(server.base_url).submit(order(ref)) for ref in ("41", "42@CNY")]

    assert [(o.kind, o.supplier_order_no) for o in outcomes] == [(OutcomeKind.ACCEPTED, "9")] * 2
    fixed, ranged = (json.loads(one.body) for one in server.received)
    assert server.received[0].path == "/v1/async/transactions"
    assert server.received[0].headers["authorization"] == "Basic a2V5MTIzOnNlc2FtZQ=="
    assert fixed == {
        "external_id": NUMBER,
        "product_id": 41,
        "auto_confirm": True,
        "callback_url": "https://shop.example/callbacks/suppliers/dtone/",
        "credit_party_identifier": {"mobile_number": "+8613800138000"},
    }
    assert ranged["calculation_mode"] == "DESTINATION_AMOUNT"
    assert ranged["destination"] == {"unit_type": "CURRENCY", "unit": "CNY", "amount": "50"}


def test_an_account_that_is_no_phone_goes_as_an_account(server: Listener) -> None:
    server.answer = lambda request: (201, json.dumps(transaction(2)).encode())
    dtone(server.base_url).submit(order(account={"account": "player-1"}))
    body = json.loads(server.received[0].body)
    assert body["credit_party_identifier"] == {"account_number": "player-1"}


@pytest.mark.parametrize(
    ("status_class", "kind"),
    [
        (1, OutcomeKind.ACCEPTED),
        (2, OutcomeKind.ACCEPTED),
        (5, OutcomeKind.ACCEPTED),
        (6, OutcomeKind.ACCEPTED),
        (7, OutcomeKind.DELIVERED),
        (3, OutcomeKind.REJECTED),
        (4, OutcomeKind.REJECTED),
        (9, OutcomeKind.REJECTED),
        (8, OutcomeKind.UNKNOWN),
    ],
)
def test_the_class_of_the_status_decides(
    server: Listener, status_class: int, kind: OutcomeKind
) -> None:
    server.answer = lambda request: (200, json.dumps([transaction(status_class)]).encode())
    outcome = dtone(server.base_url).query(NUMBER)
    assert outcome.kind is kind
    assert outcome.needs_person == (status_class == 8), "reversed: a person decides"
    assert outcome.cost == (Decimal("52.5") if kind is OutcomeKind.DELIVERED else None)


@pytest.mark.parametrize("code", sorted(DEFINITE))
def test_a_definite_refusal_counts_when_there_is_no_transaction(
    server: Listener, code: str
) -> None:
    known: list[dict[str, Any]] = []

    def answer(request: Received) -> tuple[int, bytes]:
        if request.path.endswith("/async/transactions"):
            return 400, error(int(code))
        return 200, json.dumps(known).encode()

    server.answer = answer
    assert dtone(server.base_url).submit(order()).kind is OutcomeKind.REJECTED
    known.append(transaction(7))
    assert dtone(server.base_url).submit(order()).kind is OutcomeKind.DELIVERED


@pytest.mark.parametrize("code", [1007001, 1009001, 1008004, 1000400, 42])
def test_what_says_nothing_is_unknown(server: Listener, code: int) -> None:
    def answer(request: Received) -> tuple[int, bytes]:
        return (400, error(code)) if request.path.endswith("/async/transactions") else (200, b"[]")

    server.answer = answer
    assert dtone(server.base_url).submit(order()).kind is OutcomeKind.UNKNOWN

    server.answer = lambda request: (404, error(code))
    assert dtone(server.base_url).query(NUMBER).kind is OutcomeKind.UNKNOWN


def test_a_search_without_a_hit_is_not_found_and_foreign_hits_decide_nothing(
    server: Listener,
) -> None:
    server.answer = lambda request: (200, b"[]")
    assert dtone(server.base_url).query(NUMBER).kind is OutcomeKind.NOT_FOUND
    for rows in (
        [transaction(7) | {"external_id": "other"}],
        [transaction(7), transaction(9)],
        [7],
    ):
        server.answer = lambda request, rows=rows: (  # type: ignore[misc]
            200,
            json.dumps(rows).encode(),
        )
        assert dtone(server.base_url).query(NUMBER).kind is OutcomeKind.UNKNOWN


def test_a_pin_comes_only_with_its_code(server: Listener) -> None:
    product = {"product": {"type": "PIN_PURCHASE"}}
    pin = {"pin": {"code": "PIN-CODE-1", "serial": "S1"}}
    server.answer = lambda request: (200, json.dumps([transaction(7, **product, **pin)]).encode())
    outcome = dtone(server.base_url).query(NUMBER)
    assert [(card.number, card.secret) for card in outcome.cards] == [("S1", "PIN-CODE-1")]
    assert "PIN-CODE-1" not in repr(outcome)

    server.answer = lambda request: (200, json.dumps([transaction(7, **product)]).encode())
    outcome = dtone(server.base_url).query(NUMBER)
    assert (outcome.kind, outcome.code) == (OutcomeKind.UNKNOWN, "unreadable_cards")


@pytest.mark.parametrize(
    "request_",
    [order(""), order("x"), order(quantity=2), order(account={})],
)
def test_what_it_can_not_sell_is_refused_unsent(server: Listener, request_: SubmitRequest) -> None:
    outcome = dtone(server.base_url).submit(request_)
    assert (outcome.kind, outcome.code) == (OutcomeKind.REJECTED, "unsendable")
    assert server.received == []


def test_the_balance_is_the_one_in_the_accounts_currency(server: Listener) -> None:
    rows = [{"unit": "EUR", "available": 1}, {"unit": "USD", "available": 10.5}]
    server.answer = lambda request: (200, json.dumps(rows).encode())
    assert dtone(server.base_url).balance() == Decimal("73.5")
    assert dtone(server.base_url, account_currency="GBP").check().problem == "no_balance"
    server.answer = lambda request: (401, error(1000401))
    assert dtone(server.base_url).check().problem == "1000401"


def test_all_pages_of_the_price_list_are_read_or_none(server: Listener) -> None:
    def answer(request: Received) -> tuple[int, bytes]:
        page = httpx.QueryParams(request.path.partition("?")[2])["page"]
        server.answer_headers = {"X-Next-Page": "2" if page == "1" else ""}
        wholesale = {"wholesale": {"amount": 1.5, "fee": 0.5}}
        kind = "FIXED_VALUE_RECHARGE" if page == "1" else "PIN_PURCHASE"
        return 200, json.dumps(
            [
                {"id": int(page), "type": kind, "name": "p", "prices": wholesale},
                {"id": 77, "type": "BUNDLE", "name": "of another kind"},
            ]
        ).encode()

    server.answer = answer
    products = dtone(server.base_url).products()
    assert products is not None
    assert [(p.ref, p.kind, p.cost) for p in products] == [
        ("1", "topup", Decimal(14)),
        ("2", "card", Decimal(14)),
    ]
    first = server.answer

    def half(request: Received) -> tuple[int, bytes]:
        return (500, b"") if "page=2" in request.path else first(request)

    server.answer = half
    assert dtone(server.base_url).products() is None


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"external_id": null}', b"\xff"])
def test_a_callback_without_our_number_is_refused(body: bytes) -> None:
    with pytest.raises(CallbackRefused):
        dtone("http://x").parse_callback(CallbackRequest("POST", {}, {}, {}, body))


def test_the_twin_waits_for_a_confirmation_and_gives_the_money_back_when_cancelled(
    supplier_sandbox: SandboxProcess,
) -> None:
    supplier_sandbox.settings(delay_scale=0.1)
    client = httpx.Client(
        base_url=supplier_sandbox.base_url + DTONE.path,
        auth=(DTONE.secrets["api_key"], DTONE.secrets["api_secret"]),
        trust_env=False,
    )

    def create(number: str) -> dict[str, Any]:
        body = {
            "external_id": number,
            "product_id": 4_101_050,
            "credit_party_identifier": {"mobile_number": "+8613800138000"},
        }
        return client.post("/async/transactions", json=body).json()

    def available() -> float:
        return client.get("/balances").json()[0]["available"]

    before = available()
    waiting, dropped = create("WAITING00001"), create("DROPPED00001")
    assert waiting["status"]["class"]["message"] == "CREATED"
    assert available() < before

    client.post(f"/async/transactions/{waiting['id']}/confirm")
    cancelled = client.post(f"/transactions/{dropped['id']}/cancel").json()
    assert cancelled["status"]["class"]["message"] == "CANCELLED"
    assert client.post(f"/transactions/{waiting['id']}/cancel").status_code == 400
    wait_until(
        lambda: client.get(f"/transactions/{waiting['id']}").json()["status"]["class"]["id"] == 7
    )
    assert supplier_sandbox.order("WAITING00001")["delivered_count"] == 1
    assert supplier_sandbox.order("DROPPED00001")["delivered_count"] == 0
    assert client.get("/transactions/1").json()["errors"][0]["code"] == 1008004
