"""Secrets at rest: AES-256-GCM under any of several keys.

A sealed value is `key id (4) | nonce (12) | ciphertext | tag (16)`. The first of
`settings.CARD_KEYS` seals and all of them unseal, so a key is replaced by putting a new one in
front, running `manage.py rotate_card_keys`, and then dropping the old one.

`context` is authenticated with the value and not stored: a ciphertext that is moved to another row
can't be unsealed there. Nonces are random: one key is good for 2^32 values (NIST SP 800-38D).
"""

from __future__ import annotations

import hashlib
import os
from base64 import urlsafe_b64decode
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

KEY_ID_BYTES = 4
NONCE_BYTES = 12
TAG_BYTES = 16


class SealBroken(Exception):
    """What was stored can't be unsealed: unknown key, wrong place, or bytes were changed.

    Never a person's mistake, so not a PersonError. It tells nothing of the content.
    """


class _Key(NamedTuple):
    key_id: bytes
    cipher: AESGCM


class _Ring(NamedTuple):
    """The parsed keys: the one that seals, and all of them by id."""

    first: _Key
    by_id: dict[bytes, AESGCM]


@lru_cache(maxsize=8)
def _parse(keys: tuple[str, ...]) -> _Ring:
    parsed = []
    for text in keys:
        raw = urlsafe_b64decode(text)
        key_id = hashlib.sha256(b"card key id" + raw).digest()[:KEY_ID_BYTES]
        parsed.append(_Key(key_id, AESGCM(raw)))
    return _Ring(parsed[0], {key.key_id: key.cipher for key in parsed})


def ring() -> _Ring:
    return _parse(tuple(settings.CARD_KEYS))


def current_key_id() -> bytes:
    """The id of the key that seals now; every value sealed by it starts with these bytes."""
    return ring().first.key_id


def seal(plain: bytes, *, context: bytes) -> bytes:
    """Encrypt and authenticate `plain` together with `context`."""
    key_id, cipher = ring().first
    nonce = os.urandom(NONCE_BYTES)
    return key_id + nonce + cipher.encrypt(nonce, plain, context)


def unseal(sealed: bytes | memoryview, *, context: bytes) -> bytes:
    """What `seal` was given; raises SealBroken."""
    sealed = bytes(sealed)
    cipher = ring().by_id.get(sealed[:KEY_ID_BYTES])
    if cipher is None:
        raise SealBroken("sealed with a key that CARD_KEYS doesn't hold")
    nonce = sealed[KEY_ID_BYTES : KEY_ID_BYTES + NONCE_BYTES]
    try:
        return cipher.decrypt(nonce, sealed[KEY_ID_BYTES + NONCE_BYTES :], context)
    except (InvalidTag, ValueError):
        raise SealBroken("changed, cut short, or moved from another row") from None


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """A column of sealed values; `context` makes the seal's context of `context_column`."""

    table: str
    column: str
    context_column: str
    context: Callable[[Any], bytes]
