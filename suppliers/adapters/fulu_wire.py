"""What both ends of the Fulu protocol share: compact JSON, the signature, the card cipher."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

GATEWAY_PATH = "/api/getway"  # the vendor spells it so
BEIJING = timezone(timedelta(hours=8))  # no daylight saving since 1991
TIME_FORMAT = "%Y-%m-%d %H:%M:%S"
# The vendor's own clients escape these differently, so a signature over them can't be trusted.
UNSIGNABLE = frozenset("&<>=")

Json = Mapping[str, object]


def compact(value: object) -> str:
    """JSON exactly as the signature wants it: no spaces, non-ASCII and `/` as they are."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def sign(text: str, secret: str) -> str:
    """MD5 over the sorted characters and the secret, lower hex."""
    return hashlib.md5(
        ("".join(sorted(text)) + secret).encode("utf-8", "replace"), usedforsecurity=False
    ).hexdigest()


def is_signed(text: str, secret: str, signature: str) -> bool:
    """Compare in constant time."""
    return hmac.compare_digest(
        sign(text, secret).encode(), signature.strip().lower().encode("utf-8", "replace")
    )


def beijing(moment: datetime | None = None) -> str:
    return (moment or datetime.now(UTC)).astimezone(BEIJING).strftime(TIME_FORMAT)


def encrypt(plain: str, secret: str) -> str:
    """One card field as it travels. ECB is the vendor's choice."""
    padder = PKCS7(128).padder()
    padded = padder.update(plain.encode()) + padder.finalize()
    encryptor = Cipher(algorithms.AES(secret.encode()), modes.ECB()).encryptor()
    return base64.b64encode(encryptor.update(padded) + encryptor.finalize()).decode()


def decrypt(field: str, secret: str) -> str:
    """One card field in clear; raises ValueError (without the text) when it can't be read."""
    try:
        decryptor = Cipher(algorithms.AES(secret.encode()), modes.ECB()).decryptor()
        padded = decryptor.update(base64.b64decode(field, validate=True)) + decryptor.finalize()
        unpadder = PKCS7(128).unpadder()
        return (unpadder.update(padded) + unpadder.finalize()).decode()
    except ValueError:
        raise ValueError("a card can't be decrypted") from None


def text(values: Json, name: str) -> str:
    """A text field, or nothing."""
    value = values.get(name)
    return value if isinstance(value, str) else ""


def whole(value: object) -> int | None:
    """An integer that may come as a number or as digits."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,18}", value):
        return int(value)
    return None
