"""Redis, as the API uses it: for what must be counted or remembered across processes.

When it doesn't answer, the call is refused: a nonce that can't be checked is never accepted.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

import redis
import structlog
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

from kameng.api.errors import Unavailable

log = structlog.get_logger(__name__)

TIMEOUT_SECONDS = 1


@lru_cache(maxsize=4)
def _client(url: str) -> redis.Redis:
    return redis.Redis.from_url(
        url,
        socket_timeout=TIMEOUT_SECONDS,
        socket_connect_timeout=TIMEOUT_SECONDS,
        # Once more, for a kept connection that a restart of Redis has cut.
        retry=Retry(NoBackoff(), 1),
    )


@contextmanager
def store() -> Iterator[redis.Redis]:
    """The connection; raises Unavailable when Redis fails the block."""
    try:
        yield _client(settings.REDIS_URL)
    except redis.RedisError as error:
        log.error("redis_unavailable", error=type(error).__name__)
        raise Unavailable from error
