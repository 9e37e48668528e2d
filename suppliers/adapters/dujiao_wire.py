"""The signature of Dujiao-Next's "Site Integration Open API" 1.0, for both sides of it.

Lower hex of HMAC-SHA256, with the secret, of four lines: method, path without host and query,
timestamp, MD5 of the body as lower hex.
"""

from __future__ import annotations

import hashlib
import hmac
import time

PROTOCOL_VERSION = "1.0"
BASE = "/api/v1/upstream"
KEY_HEADER = "Dujiao-Next-Api-Key"
TIMESTAMP_HEADER = "Dujiao-Next-Timestamp"
SIGNATURE_HEADER = "Dujiao-Next-Signature"
WINDOW_SECONDS = 60


def signature(secret: str, *, method: str, path: str, timestamp: str, body: bytes) -> str:
    digest = hashlib.md5(body, usedforsecurity=False).hexdigest()
    text = f"{method}\n{path}\n{timestamp}\n{digest}"
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def signed_headers(
    *, key: str, secret: str, method: str, path: str, body: bytes = b""
) -> dict[str, str]:
    timestamp = str(int(time.time()))
    return {
        KEY_HEADER: key,
        TIMESTAMP_HEADER: timestamp,
        SIGNATURE_HEADER: signature(
            secret, method=method, path=path, timestamp=timestamp, body=body
        ),
    }


def is_signed(
    secret: str, given: str, *, method: str, path: str, timestamp: str, body: bytes
) -> bool:
    """In constant time; an upper-case signature is none."""
    made = signature(secret, method=method, path=path, timestamp=timestamp, body=body)
    return hmac.compare_digest(made.encode(), given.encode())


def is_recent(timestamp: str) -> bool:
    return (
        timestamp.isascii()
        and timestamp.isdigit()
        and len(timestamp) < 13
        and (abs(time.time() - int(timestamp)) <= WINDOW_SECONDS)
    )
