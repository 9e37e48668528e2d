"""Redis, as the API uses it: for what must be counted or remembered across processes.

When it doesn't answer, the call is refused: a nonce that can't be checked is never accepted.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import redis
import structlog

from kameng.api.errors import Unavailable
from outbound.store import connection

log = structlog.get_logger(__name__)


@contextmanager
def store() -> Iterator[redis.Redis]:
    """The connection; raises Unavailable when Redis fails the block."""
    try:
        yield connection()
    except redis.RedisError as error:
        log.error("redis_unavailable", error=type(error).__name__)
        raise Unavailable from error
