"""Adapter and sandbox together, over HTTP: every number of the contract does what it says."""

from __future__ import annotations

import secrets
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from suppliers.adapters.base import CallbackRequest, SubmitRequest
from suppliers.adapters.fulu import FINAL_STATES, FuluAdapter
from suppliers.outcomes import Outcome, OutcomeKind
from suppliers.sandbox.accounts import FULU_A
from tests.listeners import Listener, Received, listening
from tests.sandboxes import SandboxProcess, wait_until
from tests.suppliers.conftest import fulu

FIFTY_COSTS = 50 * FULU_A.phone_rate


def new_number() -> str:
    return "F" + secrets.token_hex(10).upper()


def phone_order(ending: str, number: str = "", value: int = 50) -> SubmitRequest:
    return SubmitRequest(
        number or new_number(), "topup", "", Decimal(value), 1, {"phone": f"1380013{ending}"}
    )


def card_order(product_id: str, quantity: int) -> SubmitRequest:
    return SubmitRequest(new_number(), "card", product_id, Decimal(10), quantity, {})


def told(adapter: FuluAdapter, requests: list[Received]) -> list[OutcomeKind]:
    """What received callbacks say, as the adapter reads them."""
    kinds = []
    for request in requests:
        result = adapter.parse_callback(
            CallbackRequest("POST", {}, request.form, request.headers, request.body)
        )
        assert result.outcome is None, "a notice is only a reason to query"
        kinds.append(FINAL_STATES[request.form["order_status"]])
    return kinds


def waited(adapter: FuluAdapter, number: str, kind: OutcomeKind) -> Outcome:
    outcome: Outcome = wait_until(lambda: (o := adapter.query(number)).kind is kind and o)
    return outcome


def test_an_ordinary_number_succeeds_by_callback(
    adapter: FuluAdapter, supplier_sandbox: SandboxProcess, callbacks: Listener
) -> None:
    request = phone_order("8000")

    submitted = adapter.submit(request)
    accepted_at = time.monotonic()
    wait_until(lambda: callbacks.of(request.fulfilment_no))

    assert submitted.kind is OutcomeKind.ACCEPTED
    assert time.monotonic() - accepted_at > 0.1
    (callback,) = callbacks.of(request.fulfilment_no)
    assert callback.path == "/callbacks/suppliers/fulu-a/"
    assert told(adapter, [callback]) == [OutcomeKind.DELIVERED]
    queried = adapter.query(request.fulfilment_no)
    assert (queried.kind, queried.cost) == (OutcomeKind.DELIVERED, FIFTY_COSTS)
    assert queried.supplier_order_no == submitted.supplier_order_no
    assert supplier_sandbox.order(request.fulfilment_no)["delivered_count"] == 1


def test_0001_refuses_definitely(adapter: FuluAdapter, supplier_sandbox: SandboxProcess) -> None:
    request = phone_order("0001")

    assert adapter.submit(request).kind is OutcomeKind.REJECTED
    assert adapter.query(request.fulfilment_no).kind is OutcomeKind.NOT_FOUND
    assert supplier_sandbox.order(request.fulfilment_no)["status"] == "refused"


def test_0002_fails_by_callback_and_gives_the_money_back(
    adapter: FuluAdapter, supplier_sandbox: SandboxProcess, callbacks: Listener
) -> None:
    before = adapter.balance()
    assert before is not None
    request = phone_order("0002")

    assert adapter.submit(request).kind is OutcomeKind.ACCEPTED
    assert adapter.balance() == before - FIFTY_COSTS
    wait_until(lambda: callbacks.of(request.fulfilment_no))

    assert told(adapter, callbacks.of(request.fulfilment_no)) == [OutcomeKind.REJECTED]
    assert adapter.query(request.fulfilment_no).kind is OutcomeKind.REJECTED
    assert adapter.balance() == before
    assert supplier_sandbox.order(request.fulfilment_no)["delivered_count"] == 0


def test_0003_hangs_and_did_deliver(
    adapter: FuluAdapter, supplier_sandbox: SandboxProcess, callbacks: Listener
) -> None:
    request = phone_order("0003")

    outcome = fulu(supplier_sandbox.base_url, read_timeout_seconds=0.5).submit(request)

    assert (outcome.kind, outcome.code) == (OutcomeKind.UNKNOWN, "timeout")
    assert adapter.query(request.fulfilment_no).kind is OutcomeKind.DELIVERED
    assert supplier_sandbox.order(request.fulfilment_no)["delivered_count"] == 1


def test_0004_answers_500_and_has_no_order(adapter: FuluAdapter) -> None:
    request = phone_order("0004")

    outcome = adapter.submit(request)

    assert (outcome.kind, outcome.code) == (OutcomeKind.UNKNOWN, "http_500")
    assert adapter.query(request.fulfilment_no).kind is OutcomeKind.NOT_FOUND


def test_0005_never_calls_back_and_succeeds_after_three_seconds(
    adapter: FuluAdapter, supplier_sandbox: SandboxProcess, callbacks: Listener
) -> None:
    request = phone_order("0005")

    assert adapter.submit(request).kind is OutcomeKind.ACCEPTED
    started = time.monotonic()
    assert adapter.query(request.fulfilment_no).kind is OutcomeKind.ACCEPTED
    waited(adapter, request.fulfilment_no, OutcomeKind.DELIVERED)

    assert time.monotonic() - started > 2.5
    assert callbacks.of(request.fulfilment_no) == []
    assert not any(
        "callback" in event["event"]
        for event in supplier_sandbox.order(request.fulfilment_no)["events"]
    )


def test_0006_fails_and_succeeds_after_all(
    adapter: FuluAdapter, supplier_sandbox: SandboxProcess, callbacks: Listener
) -> None:
    before = adapter.balance()
    assert before is not None
    request = phone_order("0006")

    adapter.submit(request)
    wait_until(lambda: len(callbacks.of(request.fulfilment_no)) == 2)

    assert told(adapter, callbacks.of(request.fulfilment_no)) == [
        OutcomeKind.REJECTED,
        OutcomeKind.DELIVERED,
    ]
    order = supplier_sandbox.order(request.fulfilment_no)
    assert (order["charged_count"], order["returned_count"], order["delivered_count"]) == (2, 1, 1)
    at = {event["event"]: event["at"] for event in order["events"]}
    assert 1.9 < at["success"] - at["failed"] < 3
    assert adapter.balance() == before - FIFTY_COSTS


def test_0007_answers_garbage_and_did_deliver(adapter: FuluAdapter) -> None:
    request = phone_order("0007")

    outcome = adapter.submit(request)

    assert (outcome.kind, outcome.code) == (OutcomeKind.UNKNOWN, "unreadable")
    assert adapter.query(request.fulfilment_no).kind is OutcomeKind.DELIVERED


def test_0008_calls_back_five_times(
    adapter: FuluAdapter, supplier_sandbox: SandboxProcess, callbacks: Listener
) -> None:
    request = phone_order("0008")

    adapter.submit(request)
    wait_until(lambda: len(callbacks.of(request.fulfilment_no)) == 5)

    assert set(told(adapter, callbacks.of(request.fulfilment_no))) == {OutcomeKind.DELIVERED}
    assert supplier_sandbox.order(request.fulfilment_no)["delivered_count"] == 1


def test_0009_is_refused_by_the_first_and_delivered_by_the_second(
    adapter: FuluAdapter, supplier_sandbox: SandboxProcess, callbacks: Listener
) -> None:
    second = fulu(supplier_sandbox.base_url, "fulu-b")
    first_try, second_try = phone_order("0009"), phone_order("0009")

    assert adapter.submit(first_try).kind is OutcomeKind.REJECTED
    assert second.submit(second_try).kind is OutcomeKind.ACCEPTED
    (callback,) = wait_until(lambda: callbacks.of(second_try.fulfilment_no))

    assert callback.path == "/callbacks/suppliers/fulu-b/"
    assert told(second, [callback]) == [OutcomeKind.DELIVERED]


def test_sending_a_number_again_never_delivers_twice(
    adapter: FuluAdapter, supplier_sandbox: SandboxProcess, callbacks: Listener
) -> None:
    request = phone_order("8001")

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(lambda _: adapter.submit(request), range(8)))
    waited(adapter, request.fulfilment_no, OutcomeKind.DELIVERED)

    assert {outcome.kind for outcome in outcomes} <= {OutcomeKind.ACCEPTED, OutcomeKind.DELIVERED}
    order = supplier_sandbox.order(request.fulfilment_no)
    assert (order["delivered_count"], order["charged_count"]) == (1, 1)
    assert sum(event["event"] == "submit" for event in order["events"]) == 8


def test_a_closed_account_is_in_maintenance(
    adapter: FuluAdapter, supplier_sandbox: SandboxProcess
) -> None:
    supplier_sandbox.settings(closed=["fulu-a"])

    outcome = adapter.submit(phone_order("8002"))

    assert (outcome.kind, outcome.code) == (OutcomeKind.REJECTED, "3008")
    assert fulu(supplier_sandbox.base_url, "fulu-b").submit(phone_order("8002")).kind is (
        OutcomeKind.ACCEPTED
    )


def test_a_short_balance_refuses(adapter: FuluAdapter, supplier_sandbox: SandboxProcess) -> None:
    supplier_sandbox.settings(balances={"fulu-a": "5.00"})

    outcome = adapter.submit(phone_order("8003"))

    assert (outcome.kind, outcome.code) == (OutcomeKind.REJECTED, "3004")
    assert adapter.balance() == Decimal("5.00")


def test_a_wrong_secret_is_unknown(supplier_sandbox: SandboxProcess) -> None:
    adapter = fulu(supplier_sandbox.base_url)
    adapter.config = replace(adapter.config, secrets={"app_key": "fulu-a", "app_secret": "0" * 32})

    assert adapter.submit(phone_order("8004")).code == "1001"
    assert adapter.balance() is None


def test_cards_arrive_decrypted_and_unique(
    adapter: FuluAdapter, supplier_sandbox: SandboxProcess
) -> None:
    request = card_order("20000003", 200)

    assert adapter.submit(request).kind is OutcomeKind.ACCEPTED
    outcome = waited(adapter, request.fulfilment_no, OutcomeKind.DELIVERED)

    assert len({card.secret for card in outcome.cards}) == 200
    assert all(len(card.secret) == len("AAAAA-AAAAA-AAAAA") for card in outcome.cards)
    assert outcome.cost == 200 * Decimal("98.2000")
    assert outcome.cards[0].secret not in repr(outcome)
    assert outcome.cards[0].secret not in str(supplier_sandbox.order(request.fulfilment_no))


def test_cards_in_two_portions_are_delivered_with_the_second(adapter: FuluAdapter) -> None:
    request = card_order("20000009", 4)

    adapter.submit(request)
    half = wait_until(lambda: (o := adapter.query(request.fulfilment_no)).code == "success" and o)
    whole = waited(adapter, request.fulfilment_no, OutcomeKind.DELIVERED)

    assert (half.kind, half.cards) == (OutcomeKind.ACCEPTED, ())
    assert len({card.secret for card in whole.cards}) == 4


@pytest.mark.parametrize(
    ("product_id", "code"), [("20000098", "3002"), ("20000099", "3003"), ("29999999", "3001")]
)
def test_goods_that_are_not_for_sale_are_refused(
    adapter: FuluAdapter, product_id: str, code: str
) -> None:
    outcome = adapter.submit(card_order(product_id, 1))

    assert (outcome.kind, outcome.code) == (OutcomeKind.REJECTED, code)


def test_two_hundred_at_once_with_hanging_ones_between(
    supplier_sandbox: SandboxProcess, callbacks: Listener
) -> None:
    adapter = fulu(supplier_sandbox.base_url, read_timeout_seconds=60)
    hanging = fulu(supplier_sandbox.base_url, read_timeout_seconds=2)
    supplier_sandbox.settings(delay_scale=0.1)
    requests = [phone_order("8005") for _ in range(200)]

    with ThreadPoolExecutor(220) as pool:
        hung = [pool.submit(hanging.submit, phone_order("0003")) for _ in range(20)]
        outcomes = list(pool.map(adapter.submit, requests))
        assert {future.result().code for future in hung} == {"timeout"}

    assert {outcome.kind for outcome in outcomes} == {OutcomeKind.ACCEPTED}
    numbers = {request.fulfilment_no for request in requests}
    wait_until(lambda: numbers <= {one.form["customer_order_no"] for one in callbacks.of("")})


def test_a_callback_is_repeated_until_it_is_taken(
    adapter: FuluAdapter, supplier_sandbox: SandboxProcess, callbacks: Listener
) -> None:
    supplier_sandbox.settings(delay_scale=0.002)  # a minute is 0.12 s
    request = phone_order("8006")

    def refuse_twice(received: Received) -> tuple[int, bytes]:
        attempts = len(callbacks.of(request.fulfilment_no))
        return (
            [(500, b"success"), (200, b"fail")][attempts - 1] if attempts < 3 else (200, b"success")
        )

    callbacks.answer = refuse_twice
    adapter.submit(request)
    wait_until(lambda: len(callbacks.of(request.fulfilment_no)) == 3)

    answers = wait_until(
        lambda: (
            len(
                found := [
                    event["detail"]
                    for event in supplier_sandbox.order(request.fulfilment_no)["events"]
                    if event["event"] == "callback success"
                ]
            )
            == 3
            and found
        )
    )
    assert answers == ["HTTP 500", "fail", "success"]


def test_a_killed_sandbox_forgets_nothing_and_goes_on(tmp_path: Path) -> None:
    with listening() as callbacks:
        sandbox = SandboxProcess("suppliers.sandbox", tmp_path).start()
        sandbox.settings(callback_base=callbacks.base_url)
        adapter = fulu(sandbox.base_url)
        request, late = phone_order("8007"), phone_order("0006")
        try:
            assert adapter.submit(request).kind is OutcomeKind.ACCEPTED
            assert adapter.submit(late).kind is OutcomeKind.ACCEPTED
            sandbox.kill()
            assert adapter.submit(request).kind is OutcomeKind.DEFERRED
            sandbox.start()

            assert adapter.submit(request).kind in (OutcomeKind.ACCEPTED, OutcomeKind.DELIVERED)
            wait_until(lambda: callbacks.of(request.fulfilment_no))
            wait_until(lambda: len(callbacks.of(late.fulfilment_no)) == 2)
            assert sandbox.order(request.fulfilment_no)["delivered_count"] == 1
            assert sandbox.order(late.fulfilment_no)["delivered_count"] == 1
        finally:
            sandbox.stop()


def test_hostile_input_is_refused_and_changes_nothing(supplier_sandbox: SandboxProcess) -> None:
    url = f"{supplier_sandbox.base_url}/api/getway"
    for body in (b"", b"\xff", b"[]", b"[" * 99_999, b'{"app_key": 1}', b'{"app_key": "fulu-a"}'):
        answer = supplier_sandbox.client.post(url, content=body)
        assert answer.status_code == 200
        assert answer.json()["code"] in (1001, 1003)
    for changes in ({"nonsense": 1}, {"delay_scale": "x"}, {"balances": {"nobody": "1"}}):
        refused = supplier_sandbox.client.post(
            f"{supplier_sandbox.base_url}/_sandbox/settings", json=changes
        )
        assert refused.status_code == 400


def test_a_template_says_what_a_direct_order_needs(adapter: FuluAdapter) -> None:
    answer = adapter._call("fulu.goods.template.get", {"template_id": "T10000008"})
    assert answer.code == "0"
    assert isinstance(answer.result, dict)
    assert answer.result["ElementInfo"]["Inputs"][0]["Id"] == "charge_account"
    assert adapter._call("fulu.goods.template.get", {"template_id": ""}).code == "3001"
