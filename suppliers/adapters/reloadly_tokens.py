"""OAuth2 tokens, kept in this process's memory: never in a file, a log or another server."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

RENEW_BEFORE_SECONDS = 60.0  # before it expires; at most half of its life


class Tokens:
    """One token for each key. Threads that need the same one wait for whoever fetches it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._fetching: dict[tuple[str, ...], threading.Lock] = {}
        self._kept: dict[tuple[str, ...], tuple[str, float]] = {}

    def get(self, key: tuple[str, ...], fetch: Callable[[], tuple[str, float]]) -> str:
        """The kept token, or a new one; what `fetch` raises, this raises, and nothing is kept."""
        with self._lock:
            fetching = self._fetching.setdefault(key, threading.Lock())
        with fetching:
            token, good_until = self._kept.get(key, ("", 0.0))
            if time.monotonic() >= good_until:
                token, lasts_seconds = fetch()
                early = min(RENEW_BEFORE_SECONDS, lasts_seconds / 2)
                self._kept[key] = (token, time.monotonic() + lasts_seconds - early)
            return token

    def forget(self, key: tuple[str, ...]) -> None:
        self._kept.pop(key, None)


TOKENS = Tokens()
