"""Redis, for what must be counted or remembered over all processes at once."""

from __future__ import annotations

from functools import lru_cache

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

TIMEOUT_SECONDS = 1


def connection() -> redis.Redis:
    """This process's client; a call on it raises redis.RedisError when Redis is gone."""
    return _client(settings.REDIS_URL)


@lru_cache(maxsize=4)
def _client(url: str) -> redis.Redis:
    return redis.Redis.from_url(
        url,
        socket_timeout=TIMEOUT_SECONDS,
        socket_connect_timeout=TIMEOUT_SECONDS,
        # Once more, for a kept connection that a restart of Redis has cut.
        retry=Retry(NoBackoff(), 1),
    )
