"""Verifying what the shop tells us: the order, signed with our own key's secret."""

from __future__ import annotations

import hmac
import re
import time
from collections.abc import Callable, Mapping

from kameng_client.errors import BadAnswer, KamengError
from kameng_client.models import Order
from kameng_client.reading import Document
from kameng_client.signing import (
    KEY_HEADER,
    NONCE_HEADER,
    SIGNATURE_HEADER,
    TIMESTAMP_HEADER,
    WINDOW_SECONDS,
    signature,
)


class CallbackRefused(KamengError):
    """Not from the shop, too old, or seen before: answer 400 and change nothing."""


def verify_callback(
    *,
    secrets: Mapping[str, str],
    path_and_query: str,
    headers: Mapping[str, str],
    body: bytes,
    method: str = "POST",
    is_new: Callable[[str], bool] = lambda nonce: True,
    now: Callable[[], float] = time.time,
) -> Order:
    """The order of a callback, if it really comes from the shop; raises CallbackRefused.

    `secrets` are your keys' secrets by key id: after a rotation the shop may sign with another key
    than the one that placed the order. `path_and_query` is what you were called at, as it was sent.
    `is_new` may remember nonces for ten minutes and say False for a repeat; without it a repeat is
    accepted, which is harmless when you go by `order_no` and `status`.
    """
    given = {name.lower(): value for name, value in headers.items()}
    key_id, timestamp, nonce, signed = (
        given.get(name.lower(), "")
        for name in (KEY_HEADER, TIMESTAMP_HEADER, NONCE_HEADER, SIGNATURE_HEADER)
    )
    # The same work for an unknown key: time doesn't tell which keys exist.
    secret = secrets.get(key_id, "")
    expected = signature(
        secret or "no such key",
        method=method,
        path_and_query=path_and_query,
        timestamp=timestamp,
        nonce=nonce,
        body=body,
    )
    if not (hmac.compare_digest(expected.encode(), signed.encode()) and secret):
        raise CallbackRefused("the signature doesn't fit")
    if not re.fullmatch(r"[0-9]{1,12}", timestamp, re.ASCII):
        raise CallbackRefused("no timestamp")
    if abs(now() - int(timestamp)) > WINDOW_SECONDS:
        raise CallbackRefused("too old, or the clocks differ")
    if not is_new(nonce):
        raise CallbackRefused("seen before")
    try:
        return Order.read(Document.parse(body))
    except BadAnswer:
        raise CallbackRefused("not an order") from None
