"""Repeating a call: always the same call with the same reference, so it never buys twice.

What may help is repeated: no answer, a failure of the shop's, too many calls. A definite refusal is
told at once. Each attempt is signed anew, because a nonce is good once.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from kameng_client.errors import KamengError, NoAnswer, RateLimited, ServerFailed

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Retries:
    """`attempts` in all; the wait doubles from `first_wait_seconds`, or is what the shop says."""

    attempts: int = 4
    first_wait_seconds: float = 0.5
    longest_wait_seconds: float = 30.0
    sleep: Callable[[float], None] = time.sleep

    def run(self, call: Callable[[], T]) -> T:
        for attempt in range(1, self.attempts):
            try:
                return call()
            except (NoAnswer, RateLimited) as problem:
                wait = self._wait(attempt, problem)
                if wait > self.longest_wait_seconds:
                    raise
            self.sleep(wait)
        return call()

    def _wait(self, attempt: int, problem: KamengError) -> float:
        asked = (
            problem.retry_after_seconds if isinstance(problem, RateLimited | ServerFailed) else None
        )
        if asked is not None:
            return asked
        wait = min(self.first_wait_seconds * 2.0 ** (attempt - 1), self.longest_wait_seconds)
        # Many programs that lost the shop at once must not all come back at once.
        return wait * random.uniform(0.7, 1.0)


NEVER = Retries(attempts=1)
