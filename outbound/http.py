"""HTTP calls to the outside world: suppliers and payment gateways.

One client per process keeps connections open between calls. Every call has limits: time to
connect, time between two pieces of the answer, time in all, and size. No answer is never a
statement about what the other side did, so there is one exception for all of it, and it carries
no address, header or body that a log should not see.

A call on a `Line` (outbound/limits.py) also keeps the party's rate, its calls at once and its
circuit breaker. What that holds back, and a connection that can't be made, is `NotSent`: the
other side has certainly seen nothing of it.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

import httpx

from outbound import recording
from outbound.limits import NOBODY, Line, NotSent, place_on

MAX_ANSWER_BYTES = 16 * 1024 * 1024
# A gateway that can't reach what is behind it: for the circuit breaker, nobody answered.
NOBODY_BEHIND = frozenset({502, 503, 504})

_lock = threading.Lock()
_clients: dict[int, httpx.Client] = {}


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete HTTP answer; the body may hold card codes, so its repr hides it."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


class NoAnswer(Exception):
    """No complete answer came: `code` is `unreachable`, `timeout`, `broken` or `too_large`."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


class Unreachable(NoAnswer, NotSent):
    """No connection could be made: no answer, and certainly nothing was sent."""

    def __init__(self) -> None:
        NotSent.__init__(self, "unreachable")


class _TooManyAtOnce(Unreachable):
    """All of this process's connections are in use: says nothing about the other side."""


def _client() -> httpx.Client:
    """This process's client: a forked worker must not share its parent's sockets."""
    pid = os.getpid()
    with _lock:
        if pid not in _clients:
            _clients.clear()
            _clients[pid] = httpx.Client(
                # Where money goes is decided by configuration, not by a stray HTTP_PROXY.
                trust_env=False,
                follow_redirects=False,
                limits=httpx.Limits(
                    max_connections=200, max_keepalive_connections=50, keepalive_expiry=30
                ),
            )
        return _clients[pid]


def call(
    method: str,
    url: str,
    *,
    content: bytes = b"",
    headers: Mapping[str, str] | None = None,
    connect_timeout_seconds: float,
    read_timeout_seconds: float,
    line: Line | None = None,
    is_order: bool = False,
) -> Answer:
    """Make one request, once, and return the whole answer; raises only NoAnswer or NotSent.

    Takes at most `connect_timeout_seconds` plus twice `read_timeout_seconds`, also when the other
    side sends its answer drop by drop. NotSent (of which Unreachable is one) says that nothing was
    sent. `is_order`: the request may order something, so it is never the one that tries whether an
    open circuit works again. What was said is kept for `recording.recorded()`.
    """
    longest = connect_timeout_seconds + 2 * read_timeout_seconds
    timeout = httpx.Timeout(read_timeout_seconds, connect=connect_timeout_seconds)
    with (
        recording.exchange(method, url, content) as exchange,
        place_on(line or NOBODY, longest_seconds=longest + 1, is_order=is_order) as place,
    ):
        try:
            answer = _exchange(method, url, content, headers or {}, timeout, longest)
        except _TooManyAtOnce:
            place.was_answered = None
            raise
        place.was_answered = answer.status not in NOBODY_BEHIND
        exchange.answered(answer.status, answer.body)
        return answer


def _exchange(
    method: str,
    url: str,
    content: bytes,
    headers: Mapping[str, str],
    timeout: httpx.Timeout,
    longest_seconds: float,
) -> Answer:
    deadline = time.monotonic() + longest_seconds
    try:
        with _client().stream(
            method, url, content=content, headers=dict(headers), timeout=timeout
        ) as response:
            body = bytearray()
            for piece in response.iter_bytes():
                body += piece
                if len(body) > MAX_ANSWER_BYTES:
                    raise NoAnswer("too_large")
                if time.monotonic() > deadline:
                    raise NoAnswer("timeout")
            return Answer(response.status_code, response.headers, bytes(body))
    except httpx.PoolTimeout:
        raise _TooManyAtOnce from None
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.UnsupportedProtocol, httpx.InvalidURL):
        raise Unreachable from None
    except httpx.TimeoutException:
        raise NoAnswer("timeout") from None
    except httpx.HTTPError:
        raise NoAnswer("broken") from None
