"""How often, how many at once, and whether at all we call one party: shared by all processes.

A *line* is what we may do to one party (a supplier's row sets it in admin). Its state lies in
Redis, so the limits hold over every process and machine:

- **rate**: at most so many calls a second, with one second's worth as a burst (GCRA);
- **calls at once**: each call holds a place, which frees itself should its process die;
- **circuit breaker**: after so many calls in a row without any answer the circuit opens and nothing
  is sent for `open_seconds`; then a single call may try (half-open). Only one that can't order
  anything may be that probe, so that trying never makes an order's outcome unknown. An answer, of
  whatever content, closes the circuit; silence opens it again, for twice as long, up to
  `MOST_OPEN_SECONDS`.

Held back is held back *before* anything is sent: `NotSent`. When Redis doesn't answer, what orders
isn't sent (`limits_unavailable`): the supplier's limits couldn't be kept, workers get no tasks then
anyway, and an order that waits loses nothing. What only asks goes out (docs/decisions/0011).
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

import redis
import structlog
from redis.commands.core import Script

from outbound.scripts import ENTER, LEAVE
from outbound.store import connection

log = structlog.get_logger(__name__)

MOST_OPEN_SECONDS = 600
RETRY_AFTER_SECONDS = 5.0  # without a better reason
PROBE_FIRST = "probe_first"


class NotSent(Exception):
    """Nothing was sent. `code` is `rate_limit`, `busy`, `circuit_open`, `probe_first` (the circuit
    is half-open, and this call could order), `limits_unavailable` or `unreachable`."""

    def __init__(self, code: str, retry_after_seconds: float = RETRY_AFTER_SECONDS) -> None:
        self.code = code
        self.retry_after_seconds = retry_after_seconds
        super().__init__(code)


@dataclass(frozen=True, slots=True)
class Line:
    """What we may do to one party. Zero switches a limit off.

    `name` says who; lines of the same name share their state.
    """

    name: str
    calls_per_second: float = 0
    calls_at_once: int = 0
    breaker_after: int = 0
    breaker_open_seconds: float = 30

    @property
    def is_limited(self) -> bool:
        return bool(self.calls_per_second or self.calls_at_once or self.breaker_after)


NOBODY = Line("nobody")  # without limits


class Place:
    """One call's place on a line; `was_answered` stays False unless somebody says otherwise.

    None: the call says nothing about the other side.
    """

    def __init__(self) -> None:
        self.was_answered: bool | None = False


@dataclass(frozen=True, slots=True)
class Circuit:
    """The breaker as staff see it: `state` is closed, open or half_open."""

    state: str
    failures: int
    opens_again_in_seconds: float


@contextmanager
def place_on(line: Line, *, longest_seconds: float, is_order: bool) -> Iterator[Place]:
    """Take a place on the line for one call; raises NotSent instead when there is none.

    `longest_seconds` is when the place frees itself. `is_order`: this call may order something.
    """
    place = Place()
    if not line.is_limited:
        yield place
        return
    held = _enter(line, longest_seconds=longest_seconds, is_order=is_order)
    try:
        yield place
    finally:
        if held:
            _leave(line, held, was_answered=place.was_answered)


def circuit_of(line: Line) -> Circuit | None:
    """The state of a line's breaker; None when it can't be told now."""
    try:
        client = connection()
        kept: Any = client.hgetall(_keys(line)[2])
        now: Any = client.time()
    except redis.RedisError:
        return None
    told = {name.decode(): value.decode() for name, value in kept.items()}
    seconds, micros = now
    failures = int(told.get("failures", 0))
    if "until" not in told:
        return Circuit("closed", failures, 0)
    left = float(told["until"]) / 1000 - (seconds + micros / 1_000_000)
    return Circuit("open" if left > 0 else "half_open", failures, max(left, 0))


def close_circuit(line: Line) -> None:
    """Close a line's breaker: an answer came by another way. Does nothing without Redis."""
    try:
        connection().delete(_keys(line)[2])
    except redis.RedisError as error:
        log.warning("limits_unavailable", line=line.name, error=type(error).__name__)


def forget(line: Line) -> None:
    """Forget everything about a line: its breaker closes, its places are free."""
    connection().delete(*_keys(line))


def _keys(line: Line) -> list[str]:
    # The braces keep one line's keys on one node of a Redis cluster.
    return [f"line:{{{line.name}}}:{what}" for what in ("places", "rate", "breaker", "waiting")]


@cache
def _script(client: redis.Redis, source: str) -> Script:
    return client.register_script(source)


def _enter(line: Line, *, longest_seconds: float, is_order: bool) -> str:
    """The key of the place that was taken; empty when Redis is gone and this call only asks."""
    key = secrets.token_hex(8)
    arguments: list[str | int | float] = [
        key,
        int(longest_seconds * 1000),
        line.calls_per_second,
        line.calls_at_once,
        line.breaker_after,
        int(is_order),
    ]
    try:
        code, wait_ms = _script(connection(), ENTER)(keys=_keys(line), args=arguments)
    except redis.RedisError as error:
        log.warning("limits_unavailable", line=line.name, error=type(error).__name__)
        if is_order:
            raise NotSent("limits_unavailable") from None
        return ""
    if code != b"ok":
        raise NotSent(code.decode(), wait_ms / 1000)
    return key


def _leave(line: Line, key: str, *, was_answered: bool | None) -> None:
    arguments: list[str | int | float] = [
        key,
        "" if was_answered is None else int(was_answered),
        line.breaker_after,
        int(line.breaker_open_seconds * 1000),
        MOST_OPEN_SECONDS * 1000,
    ]
    try:
        opened = _script(connection(), LEAVE)(keys=_keys(line), args=arguments)
    except redis.RedisError as error:
        log.warning("limits_unavailable", line=line.name, error=type(error).__name__)
        return
    if opened:
        log.error("circuit_opened", line=line.name)
