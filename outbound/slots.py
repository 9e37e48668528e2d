"""Sharing the slots of one worker process among those who may wait long for an answer.

A key (a supplier) may hold at most as many slots as are left free for others: of 20, the first
that stalls gets 10, a second one 5, a third 3 … So nobody can take all of them, whoever comes later
finds one, and a single busy key still gets half of the worker. Some slots are for work that never
waits.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

# One slot in so many is kept for work of our own: planning, sweeping, callbacks' effects.
KEPT_FREE_IN = 6


class Slots:
    """Of one process; safe in threads."""

    def __init__(self, total: int) -> None:
        self._lock = threading.Lock()
        self._held: Counter[int] = Counter()
        self._usable = total
        self.resize(total)

    def resize(self, total: int) -> None:
        """The worker has `total` slots in all."""
        with self._lock:
            self._usable = max(total - total // KEPT_FREE_IN, 1)

    @contextmanager
    def taken(self, key: int) -> Iterator[bool]:
        """Hold a slot for `key` inside, or be told False when it has its share."""
        is_ours = self._take(key)
        try:
            yield is_ours
        finally:
            if is_ours:
                self._give_back(key)

    def held(self, key: int) -> int:
        with self._lock:
            return self._held[key]

    def _take(self, key: int) -> bool:
        with self._lock:
            free = self._usable - self._held.total()
            # The first slot of a key is its for as long as any is free.
            if free <= 0 or (self._held[key] and self._held[key] >= free):
                return False
            self._held[key] += 1
            return True

    def _give_back(self, key: int) -> None:
        with self._lock:
            self._held[key] -= 1
            if not self._held[key]:
                del self._held[key]


# A Celery worker says how many it really has (config/celery.py).
slots = Slots(24)
