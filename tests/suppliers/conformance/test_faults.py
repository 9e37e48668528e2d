"""Whatever the network and the other side do, an adapter says what is certain, and no more."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import structlog

from outbound.limits import Line, circuit_of
from outbound.recording import recorded
from outbound.redaction import redact, redact_url
from suppliers.outcomes import OutcomeKind
from tests.listeners import Listener, Received, listening
from tests.sandboxes import wait_until
from tests.suppliers.conformance.conftest import World

# What a fault may be called: nothing that moves money.
SAFE = {OutcomeKind.UNKNOWN, OutcomeKind.DEFERRED}


@pytest.fixture
def server() -> Iterator[Listener]:
    with listening() as listener:
        yield listener


UNBELIEVABLE = [
    (500, b"oops"),
    (503, b""),
    (502, b'{"code": 0}'),
    (429, b"{}"),
    (302, b""),
    (200, b""),
    (200, b"\xff\xfe<html>"),
    (200, b"[[]]"),
    (200, b"[1]"),
    (200, b"{}"),
    (200, b"null"),
    (200, b'"text"'),
    (200, b"[" * 50_000),
    (200, b'{"code": 0, "error_code": 0, "result": null, "status": "SUCCESSFUL"}'),
    (200, b'{"error_code": 0, "result": {"game_state": "1"}, "code": 0, "sign": ""}'),
    (200, b'{"access_token": 5, "expires_in": {}, "content": 7, "balance": NaN}'),
    (201, b'{"external_id": "other", "status": {"class": {"id": 7}}}'),
    (200, b'[{"external_id": "other", "status": {"class": {"id": 7}}}]'),
    (400, b'{"errors": [null], "errorCode": ["INVALID_AMOUNT"]}'),
]


def test_an_answer_that_can_not_be_believed_decides_nothing(world: World, server: Listener) -> None:
    request = world.topup("8000")
    for answer in UNBELIEVABLE:
        server.answer = lambda request, answer=answer: answer  # type: ignore[misc]

        submitted = world.elsewhere(server.base_url).submit(request)
        queried = world.elsewhere(server.base_url).ask(request)
        check = world.elsewhere(server.base_url).check()

        assert submitted.kind in SAFE, answer
        # A protocol that doesn't name our number in its answer has to believe a whole one.
        is_whole = b'"game_state": "1"' in answer[1]
        assert queried.kind in SAFE or is_whole, answer
        assert check.balance is None, answer
        assert check.problem, answer
        assert not world.elsewhere(server.base_url).products(), answer


HOSTILE = "a\x00b\ud800 c"


def test_what_a_supplier_writes_can_always_be_stored_and_never_repeats_a_secret(
    world: World, server: Listener
) -> None:
    words = HOSTILE + " ".join(world.account.secrets.values())
    errors = [{"code": 1009001, "message": words}]
    answers = {"code": 9999, "message": words, "error_code": 9999, "reason": words}
    said = {**answers, "errors": errors, "errorCode": HOSTILE, "result": None}
    request = world.topup("8000")

    for status in (200, 400):
        server.answer = lambda request, status=status: (  # type: ignore[misc]
            status,
            json.dumps(said).encode(),
        )
        with recorded() as exchanges:
            outcomes = [
                world.elsewhere(server.base_url).submit(request),
                world.elsewhere(server.base_url).ask(request),
            ]
        for outcome in outcomes:
            for text in (outcome.message, outcome.code, outcome.supplier_order_no):
                assert "\x00" not in text
                text.encode()
            for secret in world.account.secrets.values():
                assert len(secret) < 6 or secret not in outcome.message
        for one in exchanges:
            redact(one.received).encode()


def test_nobody_listening_means_nothing_was_sent(world: World) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{closed.getsockname()[1]}"
        outcome = world.elsewhere(nobody).submit(world.topup("8000"))
        check = world.elsewhere(nobody).check()

    assert (outcome.kind, outcome.code) == (OutcomeKind.DEFERRED, "unreachable")
    assert (check.balance, check.problem) == (None, "unreachable")


@pytest.mark.parametrize("address", ["nonsense", "ftp://example.org", "http://[", "http://a b"])
def test_an_address_that_is_none_sends_nothing_and_breaks_nothing(
    world: World, address: str
) -> None:
    request = world.topup("8000")
    submitted = world.elsewhere(address).submit(request)
    queried = world.elsewhere(address).query(request.fulfilment_no)

    is_unsendable = (submitted.kind, submitted.code) == (OutcomeKind.REJECTED, "unsendable")
    assert submitted.kind is OutcomeKind.DEFERRED or is_unsendable
    assert queried.kind in SAFE
    assert world.elsewhere(address).check().problem
    assert world.elsewhere(address).products() is None


def test_silence_is_given_up_in_time(world: World, server: Listener) -> None:
    go_on = threading.Event()

    def hang(request: Received) -> tuple[int, bytes]:
        go_on.wait(5)
        return 200, b""

    server.answer = hang
    started = time.monotonic()
    adapter = world.elsewhere(server.base_url, read_timeout_seconds=0.1)
    outcome = adapter.submit(world.topup("8000"))
    took = time.monotonic() - started
    go_on.set()

    assert outcome.kind in SAFE
    assert outcome.code == "timeout"
    assert took < 2


def test_a_connection_that_breaks_off_is_not_a_failure(world: World) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def break_off() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                connection.recv(65536)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{")
                connection.close()

        thread = threading.Thread(target=break_off)
        thread.start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        outcome = world.elsewhere(url).submit(world.topup("8000"))
        server.shutdown(socket.SHUT_RDWR)
    thread.join()

    assert outcome.kind in SAFE


def test_wrong_credentials_deliver_nothing_and_say_so(world: World) -> None:
    wrong = {name: "wrong-" + "0" * (len(v) - 6) for name, v in world.account.secrets.items()}
    request = world.topup("8000")

    outcome = world.adapter(secrets=wrong).submit(request)
    check = world.adapter(secrets=wrong).check()

    assert outcome.kind not in {OutcomeKind.ACCEPTED, OutcomeKind.DELIVERED}
    assert check.balance is None
    assert check.problem
    assert not world.callbacks.of(request.fulfilment_no)


def test_an_open_circuit_sends_nothing_and_is_tried_with_a_question(
    world: World, careful: Line
) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{closed.getsockname()[1]}"
        for _ in range(2):
            world.elsewhere(nobody, line=careful).submit(world.topup("8000"))
    held = world.topup("8000")
    outcome = world.adapter(line=careful).submit(held)
    assert (outcome.kind, outcome.code) == (OutcomeKind.DEFERRED, "circuit_open")
    assert outcome.retry_after_seconds > 0

    wait_until(lambda: (c := circuit_of(careful)) is not None and c.state == "half_open")
    with recorded() as exchanges:
        sent = world.adapter(line=careful).submit(held)

    assert sent.kind in {OutcomeKind.ACCEPTED, OutcomeKind.DELIVERED}
    assert exchanges[0].problem == "probe_first" or not exchanges[0].problem
    told = [one for one in exchanges if not one.problem]
    assert held.fulfilment_no.encode() not in told[0].sent, "the order isn't what tries the circuit"


def test_a_silent_half_open_circuit_keeps_the_order_here(
    world: World, server: Listener, careful: Line
) -> None:
    go_on = threading.Event()

    def hang(request: Received) -> tuple[int, bytes]:
        go_on.wait(5)
        return 200, b""

    server.answer = hang
    silent: dict[str, Any] = {"line": careful, "read_timeout_seconds": 0.1}
    for _ in range(2):
        world.elsewhere(server.base_url, **silent).check()
    wait_until(lambda: (c := circuit_of(careful)) is not None and c.state == "half_open")
    request = world.topup("8000")

    outcome = world.elsewhere(server.base_url, **silent).submit(request)
    go_on.set()

    assert outcome.kind is OutcomeKind.DEFERRED
    assert server.of(request.fulfilment_no) == []


def test_more_calls_than_allowed_are_deferred(world: World) -> None:
    line = Line(f"test:{time.monotonic_ns()}", calls_per_second=0.01)
    world.adapter(line=line).balance()
    request = world.topup("8000")

    outcome = world.adapter(line=line).submit(request)

    assert (outcome.kind, outcome.code) == (OutcomeKind.DEFERRED, "rate_limit")
    assert outcome.retry_after_seconds > 0
    assert world.adapter(line=line).ask(request).kind is OutcomeKind.DEFERRED


def test_secrets_are_neither_logged_nor_kept(
    world: World, caplog: pytest.LogCaptureFixture, server: Listener
) -> None:
    caplog.set_level("DEBUG")
    request = world.topup("8000")
    server.answer = lambda request: (500, request.body)  # an answer that repeats what was sent
    with structlog.testing.capture_logs() as logs, recorded() as exchanges:
        said: list[object] = [
            world.adapter().submit(request),
            world.adapter().ask(request),
            world.adapter().check(),
            world.adapter().products() and None,
            world.elsewhere(server.base_url).submit(replace(request, fulfilment_no="C1234567890")),
            world.elsewhere(server.base_url).check(),
            world.config,
            world.adapter(),
        ]
    secrets = [value for name, value in world.account.secrets.items() if len(value) > 12]
    assert secrets
    kept = [
        redact_url(one.url, secrets=secrets)
        + redact(one.sent, secrets=secrets)
        + redact(one.received, secrets=secrets)
        for one in exchanges
    ]
    assert exchanges
    everything = repr(said) + repr(logs) + caplog.text + repr(exchanges) + "".join(kept)
    for secret in secrets:
        assert secret not in everything
    assert any(request.fulfilment_no in text for text in kept), "what was asked stays readable"
    assert all("sign=" not in text or "sign=•••" in text for text in kept)
    assert 'access_token": "e' not in everything
