"""What both ends of the sandbox protocol share: the signed text, and JSON with exact amounts."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
import time
from collections.abc import Mapping
from decimal import Decimal

from payments.gateways.answers import text

WINDOW_SECONDS = 300
MERCHANT_HEADER = "x-merchant"
TIMESTAMP_HEADER = "x-timestamp"
NONCE_HEADER = "x-nonce"
SIGNATURE_HEADER = "x-signature"
NOTICE = "NOTICE"

Json = Mapping[str, object]


def answer_purpose(status: int) -> str:
    return f"ANSWER {status}"


def signature(secret: str, purpose: str, timestamp: str, nonce: str, body: bytes) -> str:
    text = "\n".join((purpose, timestamp, nonce, hashlib.sha256(body).hexdigest()))
    return hmac.new(secret.encode(), text.encode("utf-8", "replace"), hashlib.sha256).hexdigest()


def signed_headers(
    secret: str, merchant: str, purpose: str, body: bytes, nonce: str = ""
) -> dict[str, str]:
    """The headers of one message, signed now; an answer carries the nonce of its request."""
    timestamp, nonce = str(int(time.time())), nonce or secrets.token_hex(16)
    return {
        "content-type": "application/json",
        MERCHANT_HEADER: merchant,
        TIMESTAMP_HEADER: timestamp,
        NONCE_HEADER: nonce,
        SIGNATURE_HEADER: signature(secret, purpose, timestamp, nonce, body),
    }


def fault(
    secret: str,
    headers: Mapping[str, str],
    purpose: str,
    body: bytes,
    window_seconds: float = WINDOW_SECONDS,
) -> str:
    """What is wrong with a message: `bad_signature`, `stale_timestamp`, or nothing."""
    timestamp, nonce = headers.get(TIMESTAMP_HEADER, ""), headers.get(NONCE_HEADER, "")
    expected = signature(secret, purpose, timestamp, nonce, body)
    given = headers.get(SIGNATURE_HEADER, "").encode("utf-8", "replace")
    if not nonce or not hmac.compare_digest(expected.encode(), given):
        return "bad_signature"
    if (
        not re.fullmatch(r"[0-9]{1,12}", timestamp)
        or abs(time.time() - int(timestamp)) > window_seconds
    ):
        return "stale_timestamp"
    return ""


def dump(value: Json) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def load(body: bytes) -> dict[str, object]:
    """A JSON object; raises ValueError for anything else."""
    try:
        value = json.loads(body)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not isinstance(value, dict):
        raise ValueError("not an object")
    return value


def amount(values: Json, name: str) -> Decimal | None:
    """A positive amount in whole fen, written with two decimals; None for anything else."""
    value = text(values, name)
    if not re.fullmatch(r"[0-9]{1,10}\.[0-9]{2}", value):
        return None
    return Decimal(value) or None
