"""What both ends of the Juhe protocol share: its signatures."""

from __future__ import annotations

import hashlib
import hmac


def sign(*parts: str) -> str:
    """MD5 over the parts, one after the other, lower hex."""
    return hashlib.md5("".join(parts).encode(), usedforsecurity=False).hexdigest()


def order_signature(*, openid: str, key: str, phone: str, amount: str, number: str) -> str:
    return sign(openid, key, phone, amount, number)


def balance_signature(*, openid: str, key: str, timestamp: str) -> str:
    return sign(openid, key, timestamp)


def callback_signature(*, key: str, their_number: str, number: str) -> str:
    """Of a callback: `sta`, the status, isn't part of it."""
    return sign(key, their_number, number)


def is_same(expected: str, given: str) -> bool:
    """Compare in constant time."""
    return hmac.compare_digest(expected.encode(), given.strip().lower().encode("utf-8", "replace"))
