"""Card codes and suppliers' secrets at rest: AES-256-GCM under any of several keys.

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
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

KEY_ID_BYTES = 4
NONCE_BYTES = 12
TAG_BYTES = 16
FINGERPRINT_BYTES = 16
CARD_CONTEXT = b"card:"
_LENGTH_BYTES = 2


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


def _ring() -> _Ring:
    return _parse(tuple(settings.CARD_KEYS))


def current_key_id() -> bytes:
    """The id of the key that seals now; every value sealed by it starts with these bytes."""
    return _ring().first.key_id


def seal(plain: bytes, *, context: bytes) -> bytes:
    """Encrypt and authenticate `plain` together with `context`."""
    key_id, cipher = _ring().first
    nonce = os.urandom(NONCE_BYTES)
    return key_id + nonce + cipher.encrypt(nonce, plain, context)


def unseal(sealed: bytes | memoryview, *, context: bytes) -> bytes:
    """What `seal` was given; raises SealBroken."""
    sealed = bytes(sealed)
    cipher = _ring().by_id.get(sealed[:KEY_ID_BYTES])
    if cipher is None:
        raise SealBroken("sealed with a key that CARD_KEYS doesn't hold")
    nonce = sealed[KEY_ID_BYTES : KEY_ID_BYTES + NONCE_BYTES]
    try:
        return cipher.decrypt(nonce, sealed[KEY_ID_BYTES + NONCE_BYTES :], context)
    except (InvalidTag, ValueError):
        raise SealBroken("changed, cut short, or moved from another row") from None


@dataclass(frozen=True, slots=True)
class OpenCard:
    """A code as the buyer gets it. Its repr hides it, since reprs are logged."""

    number: str = field(repr=False)
    secret: str = field(repr=False)


def _joined(number: str, secret: str) -> bytes:
    """Both parts such that no two different pairs give the same bytes."""
    head = number.encode()
    return len(head).to_bytes(_LENGTH_BYTES, "big") + head + secret.encode()


def seal_card(number: str, secret: str, card_fingerprint: bytes) -> bytes:
    """Seal a code for the row that carries this fingerprint."""
    return seal(_joined(number, secret), context=CARD_CONTEXT + card_fingerprint)


def unseal_card(sealed: bytes | memoryview, card_fingerprint: bytes | memoryview) -> OpenCard:
    """The code of a row, from its `sealed` and `fingerprint`; raises SealBroken."""
    plain = unseal(sealed, context=CARD_CONTEXT + bytes(card_fingerprint))
    end = _LENGTH_BYTES + int.from_bytes(plain[:_LENGTH_BYTES], "big")
    return OpenCard(plain[_LENGTH_BYTES:end].decode(), plain[end:].decode())


def fingerprint(number: str, secret: str) -> bytes:
    """The keyed hash that is unique over all stock (16 bytes of HMAC-SHA256)."""
    return _keyed_hash(settings.CARD_FINGERPRINT_KEY)(_joined(number, secret))


@lru_cache(maxsize=8)
def _keyed_hash(key: str) -> Callable[[bytes], bytes]:
    """HMAC-SHA256 (RFC 2104), shortened. The key's two blocks are hashed once, not per card:
    half the time of `hmac.digest`, which shows in an import of a million."""
    raw = key.encode()
    block = (raw if len(raw) <= 64 else hashlib.sha256(raw).digest()).ljust(64, b"\0")
    inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in block))
    outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in block))

    def keyed_hash(message: bytes) -> bytes:
        first, second = inner.copy(), outer.copy()
        first.update(message)
        second.update(first.digest())
        return second.digest()[:FINGERPRINT_BYTES]

    return keyed_hash


def seal_cards(cards: Sequence[tuple[str, str]]) -> list[tuple[bytes, bytes]]:
    """(fingerprint, sealed) of each (number, secret): `seal_card` for an import's batches."""
    key_id, cipher = _ring().first
    encrypt = cipher.encrypt
    keyed_hash = _keyed_hash(settings.CARD_FINGERPRINT_KEY)
    nonces = os.urandom(NONCE_BYTES * len(cards))
    sealed = []
    start = 0
    for number, secret in cards:
        joined = _joined(number, secret)
        mark = keyed_hash(joined)
        nonce = nonces[start : start + NONCE_BYTES]
        start += NONCE_BYTES
        sealed.append((mark, key_id + nonce + encrypt(nonce, joined, CARD_CONTEXT + mark)))
    return sealed
