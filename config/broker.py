"""A question to the broker whose answer is wanted now, also when the answer is no."""

from __future__ import annotations

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry


def ask_once(url: str, *, timeout_seconds: float) -> redis.Redis:
    """A client that doesn't retry: by default a refused connection costs three seconds."""
    return redis.Redis.from_url(
        url,
        socket_timeout=timeout_seconds,
        socket_connect_timeout=timeout_seconds,
        retry=Retry(NoBackoff(), 0),
    )
