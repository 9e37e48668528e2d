"""Reloadly: the documented vector, tokens, and what only this protocol has."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from decimal import Decimal

import pytest

from suppliers.adapters import reloadly_wire as wire
from suppliers.adapters.base import (
    CallbackRefused,
    CallbackRequest,
    SubmitRequest,
    SupplierConfig,
)
from suppliers.adapters.reloadly import ReloadlyAdapter
from suppliers.adapters.reloadly_codes import DEFINITE
from suppliers.adapters.reloadly_tokens import Tokens
from suppliers.outcomes import OutcomeKind
from tests.listeners import Listener, Received, listening

NUMBER = "T20240101000001"
VECTOR = (
    b'{"type":"airtime_transaction.status","data":{"transactionId":28805,'
    b'"customIdentifier":"T20240101000001","status":"SUCCESSFUL"}}'
)
VECTOR_SIGNATURE = "1bc64723103e43ec9f8d301e6bd0a6a51120156e7cd57e41474817c7dec95e9e"


@dataclass(slots=True)
class Script:
    """A server's answers by the last word of the path; tokens are given and counted."""

    listener: Listener
    answers: dict[str, tuple[int, object]] = field(default_factory=dict)
    good_token: str = "token-1"
    tokens_given: int = 0

    def answer(self, request: Received) -> tuple[int, bytes]:
        path = request.path.partition("?")[0]
        if path.endswith("/oauth/token"):
            self.tokens_given += 1
            self.good_token = f"token-{self.tokens_given}"
            return self._said(200, {"access_token": self.good_token, "expires_in": "3600"})
        if request.headers.get("authorization") != f"Bearer {self.good_token}":
            return self._said(401, {"errorCode": "TOKEN_EXPIRED"})
        name = "detect" if "auto-detect" in path else path.rpartition("/")[2]
        return self._said(*self.answers.get(name, (200, {"content": []})))

    @staticmethod
    def _said(status: int, value: object) -> tuple[int, bytes]:
        return status, value if isinstance(value, bytes) else json.dumps(value).encode()

    def orders(self) -> list[Received]:
        return [one for one in self.listener.received if one.path.endswith("/topups-async")]


@pytest.fixture
def script() -> Iterator[Script]:
    with listening() as listener:
        script = Script(listener)
        listener.answer = script.answer
        yield script


def reloadly(url: str, **options: str) -> ReloadlyAdapter:
    return ReloadlyAdapter(
        SupplierConfig(
            code="reloadly",
            base_url=url,
            options={"auth_url": url, "cny_rate": "7.2", **options},
            secrets={
                "client_id": "client",
                "client_secret": "client-secret-1",
                "webhook_secret": "whsec_demo",
            },
            read_timeout_seconds=1,
        )
    )


def fifty(offer_ref: str = "601") -> SubmitRequest:
    return SubmitRequest(NUMBER, "topup", offer_ref, Decimal(50), 1, {"phone": "13800138000"})


def transaction(status: str, **more: object) -> dict[str, object]:
    return {
        "transactionId": 28805,
        "customIdentifier": NUMBER,
        "status": status,
        "requestedAmount": 7.0,
        "discount": 0.25,
        **more,
    }


def test_the_webhooks_signature_is_the_documented_one() -> None:
    assert wire.webhook_signature("whsec_demo", VECTOR, "1704081600000") == VECTOR_SIGNATURE


def webhook(body: bytes, signature: str, timestamp: str = "1704081600000") -> CallbackRequest:
    headers = {
        "x-reloadly-signature": signature,
        "x-reloadly-request-timestamp": timestamp,
    }
    return CallbackRequest("POST", {}, {}, headers, body)


def test_a_signed_webhook_decides_and_its_replay_says_the_same() -> None:
    for _ in range(2):
        result = reloadly("http://x").parse_callback(webhook(VECTOR, VECTOR_SIGNATURE.upper()))
        assert result.fulfilment_no == NUMBER
        assert result.outcome is not None
        assert (result.outcome.kind, result.outcome.supplier_order_no) == (
            OutcomeKind.DELIVERED,
            "28805",
        )


@pytest.mark.parametrize(
    ("body", "timestamp"),
    [(VECTOR, "1704081600001"), (VECTOR.replace(b"28805", b"28806"), "1704081600000")],
)
def test_body_and_time_are_both_signed(body: bytes, timestamp: str) -> None:
    with pytest.raises(CallbackRefused):
        reloadly("http://x").parse_callback(webhook(body, VECTOR_SIGNATURE, timestamp))


def test_the_webhooks_type_and_separator_are_options() -> None:
    by_dot = wire.webhook_signature("whsec_demo", VECTOR, "1", separator=".")
    adapter = reloadly("http://x", webhook_separator=".")
    assert adapter.parse_callback(webhook(VECTOR, by_dot, "1")).outcome is not None

    other = reloadly("http://x", webhook_type="something.else")
    result = other.parse_callback(webhook(VECTOR, VECTOR_SIGNATURE))
    assert (result.fulfilment_no, result.outcome) == ("", None)


def test_a_status_that_is_not_final_is_a_reason_to_query() -> None:
    body = VECTOR.replace(b"SUCCESSFUL", b"PROCESSING")
    signature = wire.webhook_signature("whsec_demo", body, "1704081600000")
    result = reloadly("http://x").parse_callback(webhook(body, signature))
    assert (result.fulfilment_no, result.outcome) == (NUMBER, None)


def test_an_order_says_operator_amount_number_and_recipient(script: Script) -> None:
    script.answers["topups-async"] = (200, {"transactionId": 28805})

    outcome = reloadly(script.listener.base_url).submit(fifty())

    assert (outcome.kind, outcome.supplier_order_no) == (OutcomeKind.ACCEPTED, "28805")
    (order,) = script.orders()
    assert json.loads(order.body) == {
        "operatorId": 601,
        "amount": "50",
        "useLocalAmount": True,
        "customIdentifier": NUMBER,
        "recipientPhone": {"countryCode": "CN", "number": "13800138000"},
    }
    assert order.headers["accept"] == "application/com.reloadly.topups-v1+json"


def test_an_offer_may_name_the_amount_or_no_operator(script: Script) -> None:
    script.answers["topups-async"] = (200, {"transactionId": 1})
    script.answers["detect"] = (200, {"id": 777})

    reloadly(script.listener.base_url).submit(fifty("601@6.94"))
    reloadly(script.listener.base_url).submit(fifty(""))

    by_amount, detected = (json.loads(order.body) for order in script.orders())
    assert (by_amount["amount"], by_amount["useLocalAmount"]) == ("6.94", False)
    assert detected["operatorId"] == 777


def test_a_number_without_an_operator_is_refused_before_anything_is_ordered(
    script: Script,
) -> None:
    script.answers["detect"] = (404, {"errorCode": "COULD_NOT_AUTO_DETECT_OPERATOR"})
    outcome = reloadly(script.listener.base_url).submit(fifty(""))
    assert outcome.kind is OutcomeKind.REJECTED
    assert script.orders() == []

    script.answers["detect"] = (500, b"")
    outcome = reloadly(script.listener.base_url).submit(fifty(""))
    assert (outcome.kind, outcome.code) == (OutcomeKind.DEFERRED, "http_500")


@pytest.mark.parametrize("code", sorted(DEFINITE))
def test_a_definite_refusal_counts_when_there_is_no_transaction(script: Script, code: str) -> None:
    script.answers["topups-async"] = (400, {"errorCode": code, "message": "no"})
    assert reloadly(script.listener.base_url).submit(fifty()).kind is OutcomeKind.REJECTED

    script.answers["transactions"] = (200, {"content": [transaction("SUCCESSFUL")]})
    outcome = reloadly(script.listener.base_url).submit(fifty())
    assert outcome.kind is OutcomeKind.DELIVERED, "an earlier send of ours arrived"


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, "TOPUP_TRANSACTION_FAILED"),
        (400, "TRANSACTION_CANNOT_BE_PROCESSED_AT_THE_MOMENT"),
        (500, "PROVIDER_INTERNAL_ERROR"),
        (500, "INVALID_AMOUNT"),
        (429, "INVALID_AMOUNT"),
        (400, "CUSTOM_IDENTIFIER_ALREADY_USED"),
        (400, "SOMETHING_NEW"),
        (404, ""),
    ],
)
def test_what_says_nothing_is_unknown(script: Script, status: int, code: str) -> None:
    script.answers["topups-async"] = (status, {"errorCode": code})
    assert reloadly(script.listener.base_url).submit(fifty()).kind is OutcomeKind.UNKNOWN


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        ("SUCCESSFUL", OutcomeKind.DELIVERED),
        ("FAILED", OutcomeKind.REJECTED),
        ("REFUNDED", OutcomeKind.REJECTED),
        ("PROCESSING", OutcomeKind.ACCEPTED),
        ("NEW", OutcomeKind.ACCEPTED),
    ],
)
def test_a_query_reads_the_status_and_what_it_cost(
    script: Script, status: str, kind: OutcomeKind
) -> None:
    script.answers["transactions"] = (200, {"content": [transaction(status)]})
    outcome = reloadly(script.listener.base_url).query(NUMBER)
    assert outcome.kind is kind
    assert outcome.cost == (Decimal("48.6") if kind is OutcomeKind.DELIVERED else None)
    assert f"customIdentifier={NUMBER}" in script.listener.received[-1].path


def test_a_filter_that_does_not_filter_decides_nothing(script: Script) -> None:
    other = transaction("FAILED", customIdentifier="T999")
    script.answers["transactions"] = (200, {"content": [other]})
    outcome = reloadly(script.listener.base_url, query_filter="externalId").query(NUMBER)
    assert (outcome.kind, outcome.code) == (OutcomeKind.UNKNOWN, "foreign_order")
    assert f"externalId={NUMBER}" in script.listener.received[-1].path

    script.answers["transactions"] = (200, {"content": [other, transaction("SUCCESSFUL")]})
    assert reloadly(script.listener.base_url).query(NUMBER).kind is OutcomeKind.DELIVERED


def test_a_token_is_fetched_once_and_kept(script: Script) -> None:
    script.answers["balance"] = (200, {"balance": 10, "currencyCode": "USD"})
    with ThreadPoolExecutor(4) as pool:
        balances = list(pool.map(lambda _: reloadly(script.listener.base_url).balance(), range(8)))
    assert balances == [Decimal("72.0000")] * 8
    assert script.tokens_given == 1


def test_a_token_that_expired_early_is_renewed_once(script: Script) -> None:
    script.answers["topups-async"] = (200, {"transactionId": 1})
    reloadly(script.listener.base_url).balance()
    script.good_token = "revoked on the other side"

    outcome = reloadly(script.listener.base_url).submit(fifty())

    assert outcome.kind is OutcomeKind.ACCEPTED
    assert script.tokens_given == 2

    def refuse(request: Received) -> tuple[int, bytes]:
        if request.path.endswith("/oauth/token"):
            return script.answer(request)
        return 401, b'{"errorCode": "TOKEN_EXPIRED"}'

    script.listener.answer = refuse
    before = script.tokens_given
    assert reloadly(script.listener.base_url).query(NUMBER).kind is OutcomeKind.UNKNOWN
    assert script.tokens_given == before + 1


def test_refused_credentials_are_definite_for_nothing_was_ordered(script: Script) -> None:
    script.listener.answer = lambda request: (401, b'{"errorCode": "INVALID_CREDENTIALS"}')
    adapter = reloadly(script.listener.base_url)
    outcome = adapter.submit(fifty())
    assert (outcome.kind, outcome.code) == (OutcomeKind.REJECTED, "access_denied")
    assert adapter.check().problem == "access_denied"
    assert script.orders() == []


def test_tokens_are_renewed_before_they_expire_and_a_failure_is_not_kept() -> None:
    tokens, given = Tokens(), iter([("short", 0.0), ("long", 3600.0)])
    assert tokens.get(("a",), lambda: next(given)) == "short"
    assert tokens.get(("a",), lambda: next(given)) == "long"
    assert tokens.get(("a",), lambda: next(given)) == "long"

    def fail() -> tuple[str, float]:
        raise LookupError

    with pytest.raises(LookupError):
        tokens.get(("b",), fail)
    assert tokens.get(("b",), lambda: ("new", 10.0)) == "new"


def test_who_waits_for_one_token_does_not_wait_for_another() -> None:
    tokens, go_on = Tokens(), threading.Event()

    def slowly() -> tuple[str, float]:
        go_on.wait(5)
        return "slow", 10.0

    thread = threading.Thread(target=lambda: tokens.get(("slow",), slowly))
    thread.start()
    assert tokens.get(("fast",), lambda: ("fast", 10.0)) == "fast"
    go_on.set()
    thread.join()
    assert tokens.get(("slow",), lambda: ("never", 0.0)) == "slow"


def test_operators_become_one_line_an_amount(script: Script) -> None:
    operator = {"operatorId": 5, "name": "Op", "suggestedAmounts": [1, 6.94], "fx": {"rate": 7}}
    script.answers["CN"] = (200, [operator])
    products = reloadly(script.listener.base_url).products()
    assert products is not None
    assert [(p.ref, p.cost, p.face_value) for p in products] == [
        ("5@1", Decimal("7.2"), Decimal(7)),
        ("5@6.94", Decimal("49.968"), Decimal("48.58")),
    ]
    script.answers["CN"] = (200, [operator, {"name": "broken"}])
    assert reloadly(script.listener.base_url).products() is None, "never part for the whole"
