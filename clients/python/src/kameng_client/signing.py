"""The signature of a request, of ours to the shop and of the shop's to us.

The hexadecimal HMAC-SHA256, with the key's secret, of five lines: method, path and query,
timestamp, nonce, and the hexadecimal SHA-256 of the body.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time

KEY_HEADER = "X-Api-Key"
TIMESTAMP_HEADER = "X-Timestamp"
NONCE_HEADER = "X-Nonce"
SIGNATURE_HEADER = "X-Signature"
WINDOW_SECONDS = 300


def canonical_string(
    *, method: str, path_and_query: str, timestamp: str, nonce: str, body: bytes
) -> str:
    """What is signed: the path and query exactly as they are sent."""
    digest = hashlib.sha256(body).hexdigest()
    return "\n".join((method, path_and_query, timestamp, nonce, digest))


def signature(
    secret: str, *, method: str, path_and_query: str, timestamp: str, nonce: str, body: bytes
) -> str:
    text = canonical_string(
        method=method, path_and_query=path_and_query, timestamp=timestamp, nonce=nonce, body=body
    )
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def signed_headers(
    *, key_id: str, secret: str, method: str, path_and_query: str, body: bytes = b""
) -> dict[str, str]:
    """The four headers of one request, dated now and with a nonce of its own."""
    timestamp, nonce = str(int(time.time())), secrets.token_hex(16)
    made = signature(
        secret,
        method=method,
        path_and_query=path_and_query,
        timestamp=timestamp,
        nonce=nonce,
        body=body,
    )
    return {
        KEY_HEADER: key_id,
        TIMESTAMP_HEADER: timestamp,
        NONCE_HEADER: nonce,
        SIGNATURE_HEADER: made,
    }
