"""Limits and circuit breaker of a line, against a real Valkey and a real server."""

from __future__ import annotations

import secrets
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from outbound import http
from outbound.limits import Line, NotSent, circuit_of, forget, place_on
from tests.listeners import Listener, Received, listening
from tests.sandboxes import wait_until


def line(**limits: Any) -> Line:
    """A line of its own, so that tests don't share a state."""
    return Line(f"test:{secrets.token_hex(6)}", **limits)


@pytest.fixture
def server() -> Iterator[Listener]:
    with listening() as listener:
        yield listener


def call(url: str, on: Line, *, is_order: bool = False, seconds: float = 1) -> http.Answer:
    return http.call(
        "POST",
        url,
        connect_timeout_seconds=1,
        read_timeout_seconds=seconds,
        line=on,
        is_order=is_order,
    )


def held_back(url: str, on: Line, *, is_order: bool = False) -> NotSent:
    with pytest.raises(NotSent) as caught:
        call(url, on, is_order=is_order)
    return caught.value


@pytest.fixture
def nobody() -> Iterator[str]:
    """An address where nobody listens."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{closed.getsockname()[1]}"


def test_more_calls_than_a_second_allows_are_not_sent_and_told_when(server: Listener) -> None:
    slow = line(calls_per_second=1)
    assert call(server.base_url, slow).status == 200
    waits = []
    for _ in range(3):
        held = held_back(server.base_url, slow)
        assert held.code == "rate_limit"
        waits.append(held.retry_after_seconds)

    assert len(server.received) == 1
    assert 0 < waits[0] <= 1
    assert waits == sorted(waits), "those that wait are told to come one after the other"
    wait_until(lambda: _is_sent(server.base_url, slow), seconds=3)


def test_a_second_that_nobody_used_may_be_used_at_once(server: Listener) -> None:
    assert [call(server.base_url, line(calls_per_second=50)).status for _ in range(5)] == [200] * 5


def _is_sent(url: str, on: Line) -> bool:
    try:
        return call(url, on).status == 200
    except NotSent:
        return False


def test_calls_at_once_are_limited_and_a_place_is_free_again_after_the_answer(
    server: Listener,
) -> None:
    go_on = threading.Event()

    def slowly(request: Received) -> tuple[int, bytes]:
        go_on.wait(5)
        return 200, b"ok"

    server.answer = slowly
    narrow = line(calls_at_once=2)
    first = [
        threading.Thread(target=call, args=(server.base_url, narrow), kwargs={"seconds": 5})
        for _ in range(2)
    ]
    for thread in first:
        thread.start()
    wait_until(lambda: len(server.received) == 2)
    held = held_back(server.base_url, narrow)
    go_on.set()
    for thread in first:
        thread.join()

    assert (held.code, len(server.received)) == ("busy", 2)
    assert call(server.base_url, narrow).status == 200


def test_the_place_of_a_process_that_died_frees_itself() -> None:
    narrow = line(calls_at_once=1)
    dead = place_on(narrow, longest_seconds=0.2, is_order=False)
    dead.__enter__()  # and never left

    with pytest.raises(NotSent), place_on(narrow, longest_seconds=1, is_order=False):
        pass

    def is_free() -> bool:
        try:
            with place_on(narrow, longest_seconds=1, is_order=False):
                return True
        except NotSent:
            return False

    wait_until(is_free, seconds=3)


def test_the_circuit_opens_after_silence_and_closes_after_one_answer_to_a_question(
    server: Listener, nobody: str
) -> None:
    careful = line(breaker_after=2, breaker_open_seconds=0.3)
    for _ in range(2):
        with pytest.raises(http.Unreachable):
            call(nobody, careful, is_order=True)

    held = held_back(server.base_url, careful, is_order=True)
    state = circuit_of(careful)
    assert state is not None
    assert (held.code, state.state, state.failures) == ("circuit_open", "open", 2)
    assert 0 < held.retry_after_seconds <= 0.3
    assert held_back(server.base_url, careful).code == "circuit_open", "questions wait too"

    wait_until(lambda: (c := circuit_of(careful)) is not None and c.state == "half_open")
    assert held_back(server.base_url, careful, is_order=True).code == "probe_first"
    assert server.received == []
    assert call(server.base_url, careful).status == 200
    assert call(server.base_url, careful, is_order=True).status == 200
    state = circuit_of(careful)
    assert state is not None
    assert state.state == "closed"


def test_a_half_open_circuit_lets_one_try_and_opens_for_longer_when_it_fails(
    server: Listener, nobody: str
) -> None:
    careful = line(breaker_after=1, breaker_open_seconds=0.2)
    with pytest.raises(http.Unreachable):
        call(nobody, careful)
    wait_until(lambda: (c := circuit_of(careful)) is not None and c.state == "half_open")

    with place_on(careful, longest_seconds=5, is_order=False):  # a question without an answer
        assert held_back(server.base_url, careful).code == "circuit_open", "one is trying already"

    state = circuit_of(careful)
    assert state is not None
    assert state.state == "open"
    assert state.opens_again_in_seconds > 0.2
    assert server.received == []


def test_a_gateway_without_anybody_behind_it_counts_as_silence_and_a_500_does_not(
    server: Listener,
) -> None:
    careful = line(breaker_after=2, breaker_open_seconds=30)
    server.answer = lambda request: (503, b"")
    call(server.base_url, careful)
    server.answer = lambda request: (500, b"")
    call(server.base_url, careful)
    server.answer = lambda request: (503, b"")
    call(server.base_url, careful)
    state = circuit_of(careful)
    assert state is not None
    assert state.state == "closed"
    call(server.base_url, careful)
    assert held_back(server.base_url, careful).code == "circuit_open"
    forget(careful)
    assert call(server.base_url, careful).status == 503


def test_without_redis_an_order_is_held_back_and_a_question_goes_out(
    server: Listener, nobody: str, settings: Any
) -> None:
    settings.REDIS_URL = nobody.replace("http", "redis")
    limited = line(calls_at_once=5)

    started = time.monotonic()
    held = held_back(server.base_url, limited, is_order=True)

    assert held.code == "limits_unavailable"
    assert time.monotonic() - started < 3
    assert server.received == []
    assert call(server.base_url, limited).status == 200
    assert circuit_of(limited) is None


def test_many_threads_never_exceed_what_is_allowed_at_once(server: Listener) -> None:
    lock, at_once, most = threading.Lock(), 0, 0

    def count(request: Received) -> tuple[int, bytes]:
        nonlocal at_once, most
        with lock:
            at_once += 1
            most = max(most, at_once)
        time.sleep(0.01)
        with lock:
            at_once -= 1
        return 200, b"ok"

    server.answer = count
    narrow = line(calls_at_once=3)
    outcomes: list[str] = []

    def try_often() -> None:
        for _ in range(10):
            try:
                call(server.base_url, narrow)
                outcomes.append("sent")
            except NotSent as held:
                outcomes.append(held.code)

    threads = [threading.Thread(target=try_often) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert most <= 3
    assert outcomes.count("sent") == len(server.received)
    assert set(outcomes) == {"sent", "busy"}
