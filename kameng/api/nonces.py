"""Nonces: each is good for one request of its key, as long as its timestamp could be."""

from __future__ import annotations

from kameng.api.errors import ReplayedNonce
from kameng.api.store import store
from outbound.signing import WINDOW_SECONDS

# A request may be dated up to a window ahead and then stays good for two; a minute more because
# the clocks of several servers differ.
REMEMBERED_SECONDS = 2 * WINDOW_SECONDS + 60


def use_up(key_id: str, nonce: str) -> None:
    """Use a nonce, once. Raises ReplayedNonce, or Unavailable when that can't be known."""
    with store() as redis:
        is_new = redis.set(f"api:nonce:{key_id}:{nonce}", "", nx=True, ex=REMEMBERED_SECONDS)
    if not is_new:
        raise ReplayedNonce
