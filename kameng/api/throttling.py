"""How often a key may call: so many reads and so many writes in each minute of the clock."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings

from kameng.api.errors import RateLimited
from kameng.api.store import store

PERIOD_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is left of one minute's calls; the next minute starts in `reset_seconds`."""

    kind: str
    limit: int
    used: int
    reset_seconds: int

    @property
    def remaining(self) -> int:
        return max(self.limit - self.used, 0)

    @property
    def headers(self) -> Mapping[str, str]:
        """As in draft-ietf-httpapi-ratelimit-headers, and as libraries knew them before that."""
        return {
            "RateLimit-Policy": f'"{self.kind}";q={self.limit};w={PERIOD_SECONDS}',
            "RateLimit": f'"{self.kind}";r={self.remaining};t={self.reset_seconds}',
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(self.remaining),
            "RateLimit-Reset": str(self.reset_seconds),
        }


def spend(key_id: str, *, is_write: bool) -> Allowance:
    """Count one call of a key. Raises Unavailable when it can't be counted."""
    kind, limit = (
        ("write", settings.API_WRITES_PER_MINUTE)
        if is_write
        else ("read", settings.API_READS_PER_MINUTE)
    )
    period, gone = divmod(int(time.time()), PERIOD_SECONDS)
    name = f"api:rate:{key_id}:{kind}:{period}"
    with store() as redis:
        pipeline = redis.pipeline(transaction=False)
        pipeline.incr(name)
        pipeline.expire(name, 2 * PERIOD_SECONDS)
        used = int(pipeline.execute()[0])
    return Allowance(kind, limit, used, PERIOD_SECONDS - gone)


def must_be_within(allowance: Allowance) -> None:
    """Raises RateLimited."""
    if allowance.used > allowance.limit:
        raise RateLimited(allowance.reset_seconds)
