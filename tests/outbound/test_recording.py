"""Calls are kept with their timing while somebody listens, and only then."""

from __future__ import annotations

import contextlib

import pytest

from outbound import http
from outbound.recording import recorded
from tests.listeners import listening


def call(url: str) -> None:
    http.call("POST", url, content=b"question", connect_timeout_seconds=1, read_timeout_seconds=0.3)


def test_a_call_is_kept_with_its_answer_and_its_time() -> None:
    with listening() as listener, recorded() as exchanges:
        call(listener.base_url)
    (exchange,) = exchanges
    assert (exchange.method, exchange.sent, exchange.status) == ("POST", b"question", 200)
    assert exchange.duration_ms >= 0


def test_no_answer_is_kept_as_what_it_was() -> None:
    with recorded() as exchanges, pytest.raises(http.NoAnswer):
        call("http://127.0.0.1:9/")
    assert [(one.status, one.problem) for one in exchanges] == [(None, "unreachable")]


def test_nothing_is_kept_unless_somebody_listens() -> None:
    with recorded() as exchanges:
        pass
    with contextlib.suppress(http.NoAnswer):
        call("http://127.0.0.1:9/")
    assert exchanges == []
