"""Who calls, by this protocol's signature: the same keys as for our own API.

It has no nonce: within a minute a request may be repeated. That does no harm: reading changes
nothing, and an order that comes again is the same order (kameng/services/docking.py).
"""

from __future__ import annotations

from django.http import HttpRequest

from kameng.api.authentication import decoy_secret, must_come_from_allowed_address, tell_used
from kameng.docking.errors import DockingError
from kameng.models import ApiKey
from kameng.services.api_keys import secret_of
from suppliers.adapters import dujiao_wire as wire


def key_of(request: HttpRequest) -> ApiKey:
    """The key that signed a request. Raises DockingError, or AddressNotAllowed."""
    key_id = request.headers.get(wire.KEY_HEADER, "")
    timestamp = request.headers.get(wire.TIMESTAMP_HEADER, "")
    given = request.headers.get(wire.SIGNATURE_HEADER, "")
    if not (key_id and timestamp and given):
        raise DockingError("missing_auth_headers", 401, "The three headers are needed.")
    if not (timestamp.isascii() and timestamp.isdigit()):
        raise DockingError("invalid_timestamp", 401, "The timestamp must be Unix seconds.")
    if not wire.is_recent(timestamp):
        raise DockingError("timestamp_expired", 401, "The clocks differ by more than 60 seconds.")
    key = None
    if key_id.isprintable() and len(key_id) <= 40:
        key = (
            ApiKey.objects.usable()
            .filter(key_id=key_id)
            .select_related("agent__user", "agent__tier")
            .first()
        )
    is_signed = wire.is_signed(
        secret_of(key) if key else decoy_secret(),
        given,
        method=request.method or "",
        path=request.path,
        timestamp=timestamp,
        body=request.body,
    )
    # One answer for both, with the same work done: nobody learns which keys exist.
    if key is None or not is_signed:
        raise DockingError("invalid_signature", 401, "The key or the signature isn't right.")
    must_come_from_allowed_address(request, key)
    if not (key.agent.is_active and key.agent.user.is_active):
        raise DockingError("user_disabled", 403, "The account can't use this at present.")
    tell_used(key)
    return key
