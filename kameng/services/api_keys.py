"""Keys for the open API: made with a secret that is shown once and kept sealed; revoked for good.

An agent may have several. Rotation makes a new one and lets the old one go on for a while, so that
nothing stops in between. Everything here is audited.
"""

from __future__ import annotations

import ipaddress
import secrets
from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.sealing import seal, unseal
from database.sealing import SealedColumn
from kameng.errors import AddressInvalid, KeyReplaced, KeyRevoked, ReasonMissing, TooManyKeys
from kameng.models import Agent, ApiKey
from kameng.services.sandbox import open_sandbox
from users import audit
from users.models import User

PREFIX, SANDBOX_PREFIX = "ak_", "ak_sandbox_"
MAX_ACTIVE_KEYS = 20
MAX_ADDRESSES = 50


def secret_context(key_id: str) -> bytes:
    """What a sealed secret is bound to: it doesn't open in another key's row."""
    return b"api key:" + key_id.encode()


SECRETS = SealedColumn(
    table="kameng_apikey",
    column="sealed_secret",
    context_column="key_id",
    context=secret_context,
)


@transaction.atomic
def create_api_key(
    *,
    agent: Agent,
    actor: User,
    label: str = "",
    can_buy: bool = True,
    ip_allow_list: Sequence[str] = (),
    is_sandbox: bool = False,
    key_id: str | None = None,
    secret: str | None = None,
) -> tuple[ApiKey, str]:
    """Make a key; return it with its secret, which can't be shown again.

    A sandbox key opens the agent's sandbox if need be. `key_id` and `secret` are chosen for the
    demo world only. Raises TooManyKeys, AddressInvalid, NoSandbox.
    """
    if agent.api_keys.usable().count() >= MAX_ACTIVE_KEYS:
        raise TooManyKeys(
            _("There are %(count)d keys in use already. Revoke one first.")
            % {"count": MAX_ACTIVE_KEYS}
        )
    if is_sandbox:
        open_sandbox(agent=agent)
    key_id = key_id or f"{SANDBOX_PREFIX if is_sandbox else PREFIX}{secrets.token_hex(10)}"
    secret = secret or secrets.token_urlsafe(32)
    key = ApiKey.objects.create(
        agent=agent,
        key_id=key_id,
        sealed_secret=seal(secret.encode(), context=secret_context(key_id)),
        label=label,
        is_sandbox=is_sandbox,
        can_buy=can_buy,
        ip_allow_list=clean_addresses(ip_allow_list),
    )
    _record("create_api_key", key, actor, can_buy=int(can_buy), sandbox=int(is_sandbox))
    return key, secret


@transaction.atomic
def rotate_api_key(*, key: ApiKey, actor: User, overlap: timedelta) -> tuple[ApiKey, str]:
    """Make a key that may do the same; the old one goes on for `overlap`, then ends by itself.

    Returns the new key with its secret, which can't be shown again. Locks the old key. Raises
    KeyRevoked when it has ended, KeyReplaced when it was rotated before, TooManyKeys.
    """
    old = ApiKey.objects.select_for_update(of=("self",)).select_related("agent").get(pk=key.pk)
    if not old.is_usable:
        raise KeyRevoked
    if old.expires_at is not None:
        raise KeyReplaced
    new, secret = create_api_key(
        agent=old.agent,
        actor=actor,
        label=old.label,
        can_buy=old.can_buy,
        ip_allow_list=old.ip_allow_list,
        is_sandbox=old.is_sandbox,
    )
    old.expires_at = timezone.now() + overlap
    old.save(update_fields=["expires_at"])
    _record("rotate_api_key", old, actor, replaced_by=new.key_id, until=old.expires_at.isoformat())
    return new, secret


@transaction.atomic
def revoke_api_key(*, key: ApiKey, actor: User, reason: str) -> None:
    """Refuse everything signed with this key from the next request on, for good.

    Raises ReasonMissing, or KeyRevoked when it has been revoked already.
    """
    if not reason.strip():
        raise ReasonMissing(field="reason")
    now = timezone.now()
    if not ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=now):
        raise KeyRevoked
    key.revoked_at = now
    _record("revoke_api_key", key, actor, reason=reason.strip())


@transaction.atomic
def set_ip_allow_list(*, key: ApiKey, addresses: Sequence[str], actor: User) -> None:
    """From where this key may be used; an empty list means from anywhere. Raises AddressInvalid."""
    key.ip_allow_list = clean_addresses(addresses)
    ApiKey.objects.filter(pk=key.pk).update(ip_allow_list=key.ip_allow_list)
    _record("set_api_key_addresses", key, actor, addresses=" ".join(key.ip_allow_list))


def clean_addresses(typed: Sequence[str]) -> list[str]:
    """Each address once, in the one spelling that requests are compared in."""
    found: dict[str, None] = {}
    for text in typed:
        try:
            address = ipaddress.ip_address(text.strip())
        except ValueError:
            raise AddressInvalid(
                _("“%(text)s” is not an IP address.") % {"text": text[:60]}, field="ip_allow_list"
            ) from None
        mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
        found[str(mapped or address)] = None
    if len(found) > MAX_ADDRESSES:
        raise AddressInvalid(
            _("A key takes at most %(count)d addresses.") % {"count": MAX_ADDRESSES},
            field="ip_allow_list",
        )
    return list(found)


def secret_of(key: ApiKey) -> str:
    """The secret, to check or make a signature with. Never for a page or a log."""
    return unseal(key.sealed_secret, context=secret_context(key.key_id)).decode()


def _record(
    action: str, key: ApiKey, actor: User, *, reason: str = "", **details: str | int
) -> None:
    audit.record(
        actor=actor,
        action=action,
        target=f"agent:{key.agent_id}",
        reason=reason,
        key=key.key_id,
        **details,
    )
