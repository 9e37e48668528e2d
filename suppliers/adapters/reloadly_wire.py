"""What both ends of the Reloadly protocol share: the webhook's signature."""

from __future__ import annotations

import hashlib
import hmac


def webhook_signature(secret: str, body: bytes, timestamp: str, *, separator: str = ":") -> str:
    """Hex HMAC-SHA256 over the raw body and the time."""
    signed = body + f"{separator}{timestamp}".encode()
    return hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


def is_same(expected: str, given: str) -> bool:
    """Compare in constant time."""
    return hmac.compare_digest(expected.encode(), given.strip().lower().encode("utf-8", "replace"))
