"""The signature of the open API, of requests to us and of our own calls alike. Pure.

    hex( HMAC-SHA256( secret,
        METHOD \\n PATH_AND_QUERY \\n TIMESTAMP \\n NONCE \\n hex(SHA256(body)) ) )

Path and query are signed as they are sent, percent-encoding and all; the body as its raw bytes.
`kameng/api/signing_vectors.json` holds worked examples for whoever signs in another language.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass

KEY_HEADER = "X-Api-Key"
TIMESTAMP_HEADER = "X-Timestamp"
NONCE_HEADER = "X-Nonce"
SIGNATURE_HEADER = "X-Signature"

WINDOW_SECONDS = 300

_SIGNATURE = re.compile(r"[0-9a-fA-F]{64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Signable:
    """Everything of a request that its signature covers."""

    method: str
    path_and_query: str
    timestamp: str
    nonce: str
    body: bytes


def canonical_string(request: Signable) -> str:
    """The text that is signed: five lines, without a newline at the end."""
    return "\n".join(
        (
            request.method,
            request.path_and_query,
            request.timestamp,
            request.nonce,
            hashlib.sha256(request.body).hexdigest(),
        )
    )


def signature(secret: str, request: Signable) -> str:
    """64 hexadecimal digits, lower case."""
    text = canonical_string(request).encode()
    return hmac.new(secret.encode(), text, hashlib.sha256).hexdigest()


def is_signed_by(secret: str, request: Signable, given: str) -> bool:
    """Whether `given` is the signature; takes as long for a near miss as for nonsense."""
    well_formed = bool(_SIGNATURE.fullmatch(given))
    compared = given.lower() if well_formed else "0" * 64
    return hmac.compare_digest(signature(secret, request), compared) and well_formed


def signed_headers(
    *, key_id: str, secret: str, method: str, path_and_query: str, body: bytes
) -> Mapping[str, str]:
    """The four headers of a request of our own, signed now with a fresh nonce."""
    timestamp, nonce = str(int(time.time())), secrets.token_hex(16)
    request = Signable(method, path_and_query, timestamp, nonce, body)
    return {
        KEY_HEADER: key_id,
        TIMESTAMP_HEADER: timestamp,
        NONCE_HEADER: nonce,
        SIGNATURE_HEADER: signature(secret, request),
    }
