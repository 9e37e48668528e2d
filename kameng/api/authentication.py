"""Who calls: the checks of a signed request, in this order.

signature (an unknown or revoked key fails here, and looks and takes the same) → timestamp →
address → nonce, used up only by a request that is right so far → the agent may use the API
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from datetime import timedelta
from functools import cache

from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request
from structlog import contextvars

from catalog.sealing import seal, unseal
from kameng.api.addresses import path_and_query
from kameng.api.errors import AddressNotAllowed, BadSignature, BuyingNotAllowed, StaleTimestamp
from kameng.api.nonces import use_up
from kameng.errors import AgentSuspended
from kameng.models import Agent, ApiKey
from kameng.services.api_keys import secret_of
from orders.models import Channel
from outbound.signing import (
    KEY_HEADER,
    NONCE_HEADER,
    SIGNATURE_HEADER,
    TIMESTAMP_HEADER,
    WINDOW_SECONDS,
    Signable,
    is_signed_by,
)
from users.addresses import client_address
from users.models import User

# `last_used_at` is told to the minute: a busy key's row isn't written with each call.
_TOLD_AFTER = timedelta(minutes=1)
_DECOY_CONTEXT = b"api key:decoy"

_SHAPES: tuple[tuple[str, re.Pattern[str], str | Promise], ...] = (
    (KEY_HEADER, re.compile(r"[A-Za-z0-9_\-]{1,40}"), _("X-Api-Key must be the key's id.")),
    (TIMESTAMP_HEADER, re.compile(r"[0-9]{1,12}"), _("X-Timestamp must be Unix time in seconds.")),
    (NONCE_HEADER, re.compile(r"[!-~]{16,64}"), _("X-Nonce must be 16 to 64 visible characters.")),
    (SIGNATURE_HEADER, re.compile(r".{1,200}"), _("X-Signature must be 64 hexadecimal digits.")),
)


@dataclass(frozen=True, slots=True)
class Caller:
    """Whose call it is, and by which key."""

    key: ApiKey

    @property
    def agent(self) -> Agent:
        return self.key.agent

    @property
    def channel(self) -> Channel:
        """Where the key's orders are: the real shop, or the agent's sandbox."""
        return self.key.channel

    def must_be_allowed_to_buy(self) -> None:
        """Raises BuyingNotAllowed."""
        if not self.key.can_buy:
            raise BuyingNotAllowed


class SignatureAuthentication(BaseAuthentication):
    """Signed requests only. `request.auth` is the Caller, `request.user` the agent's person."""

    def authenticate(self, request: Request) -> tuple[User, Caller]:
        key = verify(request._request)
        return key.agent.user, Caller(key)


def verify(request: HttpRequest) -> ApiKey:
    """The key that signed a request, after every check; its nonce is used up then.

    Raises BadSignature, StaleTimestamp, AddressNotAllowed, ReplayedNonce, AgentSuspended, or
    Unavailable when Redis can't tell whether the nonce is new.
    """
    headers = _headers(request)
    key = (
        ApiKey.objects.usable()
        .filter(key_id=headers[KEY_HEADER])
        .select_related("agent__user", "agent__tier")
        .first()
    )
    signed = Signable(
        method=request.method or "",
        path_and_query=path_and_query(request),
        timestamp=headers[TIMESTAMP_HEADER],
        nonce=headers[NONCE_HEADER],
        body=request.body,
    )
    # The same work is done for a key that doesn't exist: time tells nothing either.
    secret = secret_of(key) if key else decoy_secret()
    is_signed = is_signed_by(secret, signed, headers[SIGNATURE_HEADER])
    if key is None or not is_signed:
        raise BadSignature
    _must_be_recent(int(signed.timestamp))
    must_come_from_allowed_address(request, key)
    use_up(key.key_id, signed.nonce)
    if not (key.agent.is_active and key.agent.user.is_active):
        raise AgentSuspended
    contextvars.bind_contextvars(key_id=key.key_id)
    tell_used(key)
    return key


def _headers(request: HttpRequest) -> dict[str, str]:
    values = {}
    for name, shape, message in _SHAPES:
        values[name] = request.headers.get(name, "")
        if not shape.fullmatch(values[name]):
            raise BadSignature(message)
    return values


@cache
def _sealed_decoy() -> bytes:
    return seal(b"nobody signs with this", context=_DECOY_CONTEXT)


def decoy_secret() -> str:
    return unseal(_sealed_decoy(), context=_DECOY_CONTEXT).decode()


def _must_be_recent(timestamp: int) -> None:
    now = int(time.time())
    if abs(now - timestamp) > WINDOW_SECONDS:
        raise StaleTimestamp(now)


def must_come_from_allowed_address(request: HttpRequest, key: ApiKey) -> None:
    if not key.ip_allow_list:
        return
    address = client_address(request)
    if address not in key.ip_allow_list:
        raise AddressNotAllowed(address)


def tell_used(key: ApiKey) -> None:
    now = timezone.now()
    if key.last_used_at is None or key.last_used_at <= now - _TOLD_AFTER:
        ApiKey.objects.filter(pk=key.pk).filter(
            Q(last_used_at=None) | Q(last_used_at__lte=now - _TOLD_AFTER)
        ).update(last_used_at=now)
