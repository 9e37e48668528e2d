"""What is kept of the wire with an attempt: every request and answer, redacted, with its timing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from outbound.recording import Exchange
from outbound.redaction import redact, redact_url
from suppliers.models import Supplier
from suppliers.registry import config_of


def kept_exchanges(exchanges: Sequence[Exchange], supplier: Supplier) -> list[dict[str, Any]]:
    """The exchanges as they are stored and shown to staff: no secret, no signature, no code."""
    if not exchanges:
        return []
    secrets = _secrets_of(supplier)
    return [_kept(exchange, secrets) for exchange in exchanges]


def _kept(exchange: Exchange, secrets: Iterable[str]) -> dict[str, Any]:
    return {
        "method": exchange.method,
        "url": redact_url(exchange.url, secrets=secrets),
        "sent": redact(exchange.sent, secrets=secrets),
        "status": exchange.status,
        "received": redact(exchange.received, secrets=secrets),
        "problem": exchange.problem,
        "ms": exchange.duration_ms,
    }


def _secrets_of(supplier: Supplier) -> list[str]:
    return list(config_of(supplier).secrets.values())
