"""Nonces of notices, so that a recorded one can't be sent again."""

from __future__ import annotations

import redis
import structlog

from outbound import store

REMEMBERED_SECONDS = 900  # longer than any timestamp stays good, on both sides of now

log = structlog.get_logger(__name__)


def is_replayed(gateway: str, nonce: str) -> bool:
    """Whether this nonce came before; remembers it. False for "".

    Without Redis a notice is let in: money is booked once by its trade number, whatever comes
    twice, and refusing would hold up what people have paid.
    """
    if not nonce:
        return False
    try:
        is_new = store.connection().set(
            f"payments:nonce:{gateway}:{nonce}", 1, ex=REMEMBERED_SECONDS, nx=True
        )
    except redis.RedisError:
        log.warning("nonces_unavailable", gateway=gateway)
        return False
    return not is_new
