"""HTTP calls to the outside world: suppliers and payment gateways.

One client per process keeps connections open between calls. Every call has limits: time to
connect, time between two pieces of the answer, time in all, and size. No answer is never a
statement about what the other side did, so there is one exception for all of it, and it carries
no address, header or body that a log should not see.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

import httpx

from outbound import recording

MAX_ANSWER_BYTES = 16 * 1024 * 1024

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
) -> Answer:
    """Make one request, once, and return the whole answer; raises only NoAnswer.

    Takes at most `connect_timeout_seconds` plus twice `read_timeout_seconds`, also when the other
    side sends its answer drop by drop. What was said is kept for `recording.recorded()`.
    """
    with recording.exchange(method, url, content) as exchange:
        answer = _call(
            method,
            url,
            content=content,
            headers=dict(headers or {}),
            connect_timeout_seconds=connect_timeout_seconds,
            read_timeout_seconds=read_timeout_seconds,
        )
        exchange.answered(answer.status, answer.body)
    return answer


def _call(
    method: str,
    url: str,
    *,
    content: bytes,
    headers: dict[str, str],
    connect_timeout_seconds: float,
    read_timeout_seconds: float,
) -> Answer:
    deadline = time.monotonic() + connect_timeout_seconds + 2 * read_timeout_seconds
    timeout = httpx.Timeout(read_timeout_seconds, connect=connect_timeout_seconds)
    try:
        with _client().stream(
            method, url, content=content, headers=headers, timeout=timeout
        ) as response:
            body = bytearray()
            for piece in response.iter_bytes():
                body += piece
                if len(body) > MAX_ANSWER_BYTES:
                    raise NoAnswer("too_large")
                if time.monotonic() > deadline:
                    raise NoAnswer("timeout")
            return Answer(response.status_code, response.headers, bytes(body))
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout):
        raise NoAnswer("unreachable") from None
    except httpx.TimeoutException:
        raise NoAnswer("timeout") from None
    except (httpx.HTTPError, httpx.InvalidURL):
        raise NoAnswer("broken") from None
