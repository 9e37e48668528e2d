"""One signed request to an agent's program, and what is kept of it: callbacks and webhooks alike.

The log shows the agent its own traffic: the request as it was sent, and the first 2 kB of the
answer with everything hidden that is named like a secret.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.conf import settings

from kameng.api.webhooks import NEXT_SIGNATURE_HEADER
from kameng.models import Delivery, DeliveryAttempt, OrderCallback
from outbound import checked
from outbound.http import NoAnswer
from outbound.redaction import hide_named
from outbound.signing import (
    NONCE_HEADER,
    TIMESTAMP_HEADER,
    Signable,
    signature,
    signed_headers,
)
from suppliers.adapters import dujiao_wire

LIMITS = checked.Limits(connect_seconds=3, total_seconds=8)
# Slow programs may hold up this many of a worker's threads, never all of them.
places = threading.BoundedSemaphore(6)


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signs. While a secret is being replaced, `next_secret` signs too, in a header beside."""

    key_id: str
    secret: str = field(repr=False)
    next_secret: str = field(repr=False, default="")

    def headers(self, path_and_query: str, body: bytes) -> Mapping[str, str]:
        return _signatures(self, path_and_query, body)


class SignsAsTheyDo(Signer):
    """Signs as the docking protocol of other shops has it: the path without its query."""

    def headers(self, path_and_query: str, body: bytes) -> Mapping[str, str]:
        path = path_and_query.partition("?")[0]
        return dujiao_wire.signed_headers(
            key=self.key_id, secret=self.secret, method="POST", path=path, body=body
        )


@dataclass(frozen=True, slots=True)
class Sent:
    """One attempt: what was sent, and the answer, or why there was none (`problem`)."""

    url: str
    headers: Mapping[str, str]
    body: str
    status: int | None
    problem: str
    answer: str
    duration_ms: int

    @property
    def is_told(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


def nothing_sent(url: str, problem: str) -> Sent:
    return Sent(url, {}, "", None, problem, "", 0)


def send(
    *,
    url: str,
    body: bytes,
    signer: Signer,
    headers: Mapping[str, str] | None = None,
    shown: bytes | None = None,
) -> Sent:
    """POST once, signed. Never raises for what the other side does; holds no transaction.

    `shown` is what the log keeps of a body that holds codes.
    """
    try:
        target = checked.parse(url, allow_private=settings.ALLOW_PRIVATE_CALLBACKS)
    except checked.AddressRefused:
        return nothing_sent(url, "refused_address")
    sent_headers = {
        "Content-Type": "application/json",
        **(headers or {}),
        **signer.headers(target.path_and_query, body),
    }
    status, problem, start = None, "", b""
    began = time.monotonic()
    try:
        answer = checked.post(target, body=body, headers=sent_headers, limits=LIMITS)
        status, start = answer.status, answer.start
    except checked.AddressRefused:
        problem = "refused_address"
    except NoAnswer as no_answer:
        problem = no_answer.code
    return Sent(
        url=url,
        headers=sent_headers,
        body=(body if shown is None else shown).decode(),
        status=status,
        problem=problem,
        answer=readable(start, secrets=(signer.secret, signer.next_secret)),
        duration_ms=round((time.monotonic() - began) * 1000),
    )


def _signatures(signer: Signer, path_and_query: str, body: bytes) -> dict[str, str]:
    headers = dict(
        signed_headers(
            key_id=signer.key_id,
            secret=signer.secret,
            method="POST",
            path_and_query=path_and_query,
            body=body,
        )
    )
    if signer.next_secret:
        signed = Signable(
            "POST", path_and_query, headers[TIMESTAMP_HEADER], headers[NONCE_HEADER], body
        )
        headers[NEXT_SIGNATURE_HEADER] = signature(signer.next_secret, signed)
    return headers


def readable(start: bytes, *, secrets: Sequence[str] = ()) -> str:
    """The beginning of an answer as text to keep and show: no secrets, no control signs."""
    text = hide_named(start.decode("utf-8", "replace"), secrets=[one for one in secrets if one])
    return "".join(sign if sign.isprintable() or sign in "\n\t" else "�" for sign in text)


def write_attempt(
    sent: Sent,
    *,
    number: int,
    delivery: Delivery | None = None,
    callback: OrderCallback | None = None,
) -> DeliveryAttempt:
    """Put an attempt into the log."""
    attempt: DeliveryAttempt = DeliveryAttempt.objects.create(
        delivery=delivery,
        callback=callback,
        number=number,
        url=sent.url,
        headers=dict(sent.headers),
        body=sent.body,
        status=sent.status,
        error=sent.problem,
        answer=sent.answer,
        duration_ms=sent.duration_ms,
    )
    return attempt
