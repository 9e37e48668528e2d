"""What was said on the wire while one piece of work was done, for whoever must judge it later.

`recorded()` collects the HTTP calls that this thread makes inside it; nothing is kept unless
somebody asks. `redact` (outbound/redaction.py) is applied before anything is stored.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

KEPT_BYTES = 16 * 1024


@dataclass(slots=True)
class Exchange:
    """One call: what was sent, what came back, how long it took. Bodies are not for logs.

    `status` is None when no complete answer came; `problem` then says why.
    """

    method: str
    url: str = field(repr=False)
    sent: bytes = field(repr=False)
    status: int | None = None
    received: bytes = field(default=b"", repr=False)
    problem: str = ""
    duration_ms: int = 0

    def answered(self, status: int, body: bytes) -> None:
        self.status = status
        self.received = body[:KEPT_BYTES]


_exchanges: ContextVar[list[Exchange] | None] = ContextVar("exchanges", default=None)


@contextmanager
def recorded() -> Iterator[list[Exchange]]:
    """Collect the exchanges of the calls made inside, in order."""
    exchanges: list[Exchange] = []
    token = _exchanges.set(exchanges)
    try:
        yield exchanges
    finally:
        _exchanges.reset(token)


@contextmanager
def exchange(method: str, url: str, sent: bytes) -> Iterator[Exchange]:
    """Time one call; it ends with `answered`, or with the exception that names the problem."""
    made = Exchange(method, url, sent[:KEPT_BYTES])
    started_at = time.monotonic()
    try:
        yield made
    except Exception as problem:
        made.problem = getattr(problem, "code", type(problem).__name__)
        raise
    finally:
        made.duration_ms = round((time.monotonic() - started_at) * 1000)
        exchanges = _exchanges.get()
        if exchanges is not None:
            exchanges.append(made)
