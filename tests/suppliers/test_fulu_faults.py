"""Whatever comes back, the adapter says one of the outcomes: against a real scripted server."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from decimal import Decimal

import pytest

from suppliers.adapters import fulu_wire as wire
from suppliers.adapters.base import SubmitRequest
from suppliers.outcomes import OutcomeKind
from suppliers.sandbox.accounts import FULU_A
from tests.listeners import Listener, Received, listening
from tests.suppliers.conftest import fulu

NUMBER = "F20260101000001"
PHONE = SubmitRequest(NUMBER, "topup", "", Decimal(50), 1, {"phone": "13800138000"})
ORDER = {"order_id": "9", "customer_order_no": NUMBER, "order_type": 1, "buy_num": 1}


def reply(result: object, *, sign: str | None = None, code: int = 0) -> tuple[int, bytes]:
    text = wire.compact(result)
    signature = wire.sign(text, FULU_A.app_secret) if sign is None else sign
    answer = {"code": code, "message": "m", "result": text, "sign": signature}
    return 200, wire.compact(answer).encode()


def refusal(code: int) -> tuple[int, bytes]:
    return 200, wire.compact({"code": code, "message": "m", "result": "", "sign": ""}).encode()


@pytest.fixture
def server() -> Iterator[Listener]:
    with listening() as listener:
        yield listener


def by_method(**answers: tuple[int, bytes]) -> Callable[[Received], tuple[int, bytes]]:
    """Answer `add` and `get` calls with what the test says."""

    def answer(request: Received) -> tuple[int, bytes]:
        return answers[json.loads(request.body)["method"].rpartition(".")[2]]

    return answer


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ((500, b"oops"), "http_500"),
        ((200, b"\xff\xfe<html>"), "unreadable"),
        ((200, b""), "unreadable"),
        ((200, b"[]"), "unreadable"),
        ((200, b"[" * 100_000), "unreadable"),
        ((200, b'{"code": null}'), "unreadable"),
        ((200, b'{"code": 0, "result": NaN}'), "unreadable"),
        ((200, b'{"code": 0, "result": "nonsense"}'), "unreadable"),
        ((302, b""), "http_302"),
        (reply(ORDER, sign="0" * 32), "bad_signature"),
        (reply(ORDER | {"customer_order_no": "F999"}), "foreign_order"),
        (reply([ORDER]), "unreadable"),
        (refusal(1001), "1001"),
        (refusal(9999), "9999"),
    ],
)
def test_an_answer_that_cannot_be_believed_is_unknown(
    server: Listener, answer: tuple[int, bytes], code: str
) -> None:
    server.answer = lambda request: answer

    for outcome in (fulu(server.base_url).submit(PHONE), fulu(server.base_url).query(NUMBER)):
        assert (outcome.kind, outcome.code) == (OutcomeKind.UNKNOWN, code)


def test_nobody_listening_is_deferred_for_nothing_was_sent() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        outcome = fulu(f"http://127.0.0.1:{closed.getsockname()[1]}").submit(PHONE)

    assert (outcome.kind, outcome.code) == (OutcomeKind.DEFERRED, "unreachable")


def test_a_code_of_zero_is_accepted_and_never_delivered(server: Listener) -> None:
    server.answer = lambda request: reply(ORDER | {"order_state": "success"})

    outcome = fulu(server.base_url).submit(PHONE)

    assert (outcome.kind, outcome.supplier_order_no) == (OutcomeKind.ACCEPTED, "9")


@pytest.mark.parametrize("code", [3001, 3002, 3003, 3004, 3005, 3008])
def test_a_definite_refusal_is_rejected_when_there_is_no_order(server: Listener, code: int) -> None:
    server.answer = by_method(add=refusal(code), get=refusal(4001))

    outcome = fulu(server.base_url).submit(PHONE)

    assert (outcome.kind, outcome.code) == (OutcomeKind.REJECTED, str(code))


@pytest.mark.parametrize("code", [3003, 3010])
def test_an_order_that_exists_decides_after_a_refusal(server: Listener, code: int) -> None:
    order = ORDER | {"order_state": "processing"}
    server.answer = by_method(add=refusal(code), get=reply(order))
    assert fulu(server.base_url).submit(PHONE).kind is OutcomeKind.ACCEPTED

    server.answer = by_method(add=refusal(code), get=reply(order | {"order_state": "success"}))
    assert fulu(server.base_url).submit(PHONE).kind is OutcomeKind.DELIVERED

    server.answer = by_method(add=refusal(code), get=(500, b""))
    assert fulu(server.base_url).submit(PHONE).kind is OutcomeKind.UNKNOWN


def test_a_duplicate_number_without_an_order_is_unknown(server: Listener) -> None:
    server.answer = by_method(add=refusal(3010), get=refusal(4001))

    assert fulu(server.base_url).submit(PHONE).kind is OutcomeKind.UNKNOWN


@pytest.mark.parametrize(
    ("state", "kind"),
    [
        ("success", OutcomeKind.DELIVERED),
        ("failed", OutcomeKind.REJECTED),
        ("untreated", OutcomeKind.ACCEPTED),
        ("processing", OutcomeKind.ACCEPTED),
        ("something new", OutcomeKind.ACCEPTED),
    ],
)
def test_a_query_reads_the_state(server: Listener, state: str, kind: OutcomeKind) -> None:
    server.answer = lambda request: reply(
        ORDER | {"order_state": state, "order_price": "49.2500"}, sign=""
    )

    outcome = fulu(server.base_url).query(NUMBER)

    assert outcome.kind is kind
    assert outcome.cost == (Decimal("49.25") if kind is OutcomeKind.DELIVERED else None)


def card(number: str, password: str) -> dict[str, str]:
    return {
        "card_number": wire.encrypt(number, FULU_A.app_secret),
        "card_pwd": wire.encrypt(password, FULU_A.app_secret),
        "card_deadline": "2027-12-31 23:59:59",
    }


def queried(server: Listener, cards: object, quantity: int = 2) -> tuple[OutcomeKind, str, int]:
    order = ORDER | {"order_state": "success", "order_type": 3, "buy_num": quantity}
    server.answer = lambda request: reply(order | {"cards": cards})
    outcome = fulu(server.base_url).query(NUMBER)
    return outcome.kind, outcome.code, len(outcome.cards)


def test_cards_are_delivered_only_when_all_are_there(server: Listener) -> None:
    first, second = card("N1", "P1"), card("N2", "P2")

    assert queried(server, []) == (OutcomeKind.ACCEPTED, "success", 0)
    assert queried(server, None) == (OutcomeKind.ACCEPTED, "success", 0)
    assert queried(server, [first]) == (OutcomeKind.ACCEPTED, "success", 0)
    assert queried(server, [first, second]) == (OutcomeKind.DELIVERED, "success", 2)


def test_cards_that_make_no_sense_are_unknown(server: Listener) -> None:
    first, second = card("N1", "P1"), card("N2", "P2")

    assert queried(server, [first, first]) == (OutcomeKind.UNKNOWN, "card_count", 0)
    assert queried(server, [first, second], 1) == (OutcomeKind.UNKNOWN, "card_count", 0)
    assert queried(server, ["x"]) == (OutcomeKind.UNKNOWN, "unreadable_cards", 0)
    assert queried(server, [card("", "")]) == (OutcomeKind.UNKNOWN, "unreadable_cards", 0)
    assert queried(server, [first | {"card_pwd": "AAAA"}]) == (
        OutcomeKind.UNKNOWN,
        "unreadable_cards",
        0,
    )


def test_a_code_that_comes_alone_is_the_secret(server: Listener) -> None:
    order = ORDER | {"order_state": "success", "order_type": 3, "cards": [card("ONLY-CODE", "")]}
    server.answer = lambda request: reply(order)

    outcome = fulu(server.base_url).query(NUMBER)

    assert [(one.number, one.secret) for one in outcome.cards] == [("", "ONLY-CODE")]
    assert outcome.cards[0].expires_on == "2027-12-31"
    assert "ONLY-CODE" not in repr(outcome)


@pytest.mark.parametrize(
    "request_",
    [
        SubmitRequest(NUMBER, "topup", "", Decimal("50.5"), 1, {"phone": "13800138000"}),
        SubmitRequest(NUMBER, "topup", "", Decimal(50), 1, {}),
        SubmitRequest(NUMBER, "topup", "10000008", Decimal(10), 1, {"account": "a&b"}),
        SubmitRequest(NUMBER, "card", "P-1", Decimal(10), 1, {}),
    ],
)
def test_what_the_protocol_cannot_say_is_rejected_unsent(
    server: Listener, request_: SubmitRequest
) -> None:
    outcome = fulu(server.base_url).submit(request_)

    assert (outcome.kind, outcome.code) == (OutcomeKind.REJECTED, "unsendable")
    assert server.received == []


def test_a_direct_top_up_carries_its_account_fields(server: Listener) -> None:
    server.answer = lambda request: reply(ORDER)
    account = {"account": "玩家一号", "region": "一区", "server": "龙争虎斗", "role": "剑客"}

    fulu(server.base_url).submit(SubmitRequest(NUMBER, "topup", "10000010", Decimal(6), 3, account))

    body = json.loads(server.received[0].body)
    assert server.received[0].path == "/api/getway"
    assert body["method"] == "fulu.order.direct.add"
    assert json.loads(body["biz_content"]) == {
        "product_id": 10000010,
        "customer_order_no": NUMBER,
        "charge_account": "玩家一号",
        "buy_num": 3,
        "charge_game_region": "一区",
        "charge_game_srv": "龙争虎斗",
        "charge_game_role": "剑客",
    }


@pytest.mark.parametrize("balance", [None, "NaN", "", [], True, "12,5"])
def test_a_balance_that_is_no_amount_is_none(server: Listener, balance: object) -> None:
    server.answer = lambda request: reply({"balance": balance})

    assert fulu(server.base_url).balance() is None


def test_a_balance_is_exact(server: Listener) -> None:
    server.answer = lambda request: (
        200,
        b'{"code": 0, "result": "{\\"balance\\": 1234567.8901}", "sign": ""}',
    )

    assert fulu(server.base_url).balance() == Decimal("1234567.8901")
