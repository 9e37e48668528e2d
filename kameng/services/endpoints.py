"""An agent's webhook endpoints: made with a secret that is shown once, changed, paused, removed.

Everything here is audited.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.sealing import seal, unseal
from database.sealing import SealedColumn
from kameng.errors import EndpointInvalid, SecretChanging, TooManyEndpoints
from kameng.models import Agent, Delivery, Endpoint, EventKind, PauseReason
from kameng.services.sandbox import open_sandbox
from kameng.services.watching import start_watching_prices
from outbound import checked
from users import audit
from users.models import User

MAX_ENDPOINTS = 10
CHOSEN_EVENTS = tuple(kind for kind in EventKind if kind != EventKind.TEST)


def secret_context(key_id: str) -> bytes:
    """What a sealed secret is bound to: it doesn't open in another endpoint's row."""
    return b"webhook endpoint:" + key_id.encode()


SECRETS, NEXT_SECRETS = (
    SealedColumn(
        table="kameng_endpoint", column=column, context_column="key_id", context=secret_context
    )
    for column in ("sealed_secret", "sealed_next_secret")
)


@transaction.atomic
def create_endpoint(
    *,
    agent: Agent,
    actor: User,
    url: str,
    events: Sequence[str],
    label: str = "",
    is_sandbox: bool = False,
) -> tuple[Endpoint, str]:
    """Make an endpoint; return it with its secret, which can't be shown again.

    Raises EndpointInvalid, TooManyEndpoints, NoSandbox.
    """
    if agent.endpoints.filter(deleted_at=None).count() >= MAX_ENDPOINTS:
        raise TooManyEndpoints(
            _("There are %(count)d endpoints already. Delete one first.") % {"count": MAX_ENDPOINTS}
        )
    if is_sandbox:
        open_sandbox(agent=agent)
    key_id, secret = f"wh_{secrets.token_hex(10)}", _new_secret()
    endpoint = Endpoint.objects.create(
        agent=agent,
        key_id=key_id,
        url=clean_url(url),
        label=label.strip(),
        events=clean_events(events),
        is_sandbox=is_sandbox,
        sealed_secret=seal(secret.encode(), context=secret_context(key_id)),
    )
    start_watching_prices(endpoint)
    _record("create_webhook", endpoint, actor, url=endpoint.url, sandbox=int(is_sandbox))
    return endpoint, secret


@transaction.atomic
def change_endpoint(
    *, endpoint: Endpoint, actor: User, url: str, events: Sequence[str], label: str
) -> None:
    """Change where it is and what it wants to hear; what waits goes to the new address.

    Raises EndpointInvalid.
    """
    endpoint.url, endpoint.events = clean_url(url), clean_events(events)
    endpoint.label = label.strip()
    endpoint.save(update_fields=["url", "events", "label"])
    start_watching_prices(endpoint)
    _record("change_webhook", endpoint, actor, url=endpoint.url, events=" ".join(endpoint.events))


@transaction.atomic
def pause_endpoint(*, endpoint: Endpoint, actor: User) -> None:
    """Send nothing more for now; what happens meanwhile waits for a day. Safe to repeat."""
    paused = Endpoint.objects.filter(pk=endpoint.pk, paused_at=None).update(
        paused_at=timezone.now(), pause_reason=PauseReason.BY_AGENT
    )
    if paused:
        _record("pause_webhook", endpoint, actor)


@transaction.atomic
def resume_endpoint(*, endpoint: Endpoint, actor: User) -> None:
    """Send again, what waited first. Its failures are forgotten. Safe to repeat."""
    resumed = (
        Endpoint.objects.filter(pk=endpoint.pk)
        .exclude(paused_at=None)
        .update(paused_at=None, pause_reason="", failures=0, failing_since=None, quiet_until=None)
    )
    if resumed:
        Delivery.objects.waiting().filter(endpoint=endpoint).update(next_attempt_at=timezone.now())
        _record("resume_webhook", endpoint, actor)


@transaction.atomic
def delete_endpoint(*, endpoint: Endpoint, actor: User) -> None:
    """Stop for good: what waits is given up; the log stays. Safe to repeat."""
    now = timezone.now()
    if Endpoint.objects.filter(pk=endpoint.pk, deleted_at=None).update(deleted_at=now):
        Delivery.objects.waiting().filter(endpoint=endpoint).update(
            given_up_at=now, next_attempt_at=None, last_error="deleted"
        )
        _record("delete_webhook", endpoint, actor)


@transaction.atomic
def rotate_secret(*, endpoint: Endpoint, actor: User, overlap: timedelta) -> str:
    """Make a new secret and return it, once. Until the overlap is over, both sign.

    `X-Signature` is by the old one until then, `X-Signature-Next` by the new one. Raises
    SecretChanging while a change is under way.
    """
    locked = Endpoint.objects.select_for_update(no_key=True).get(pk=endpoint.pk)
    switch_secret_if_due(locked, now=timezone.now())
    if locked.sealed_next_secret is not None:
        raise SecretChanging
    secret = _new_secret()
    locked.sealed_next_secret = seal(secret.encode(), context=secret_context(locked.key_id))
    locked.switch_at = timezone.now() + overlap
    locked.save(update_fields=["sealed_next_secret", "switch_at"])
    _record("rotate_webhook_secret", locked, actor, until=locked.switch_at.isoformat())
    return secret


@transaction.atomic
def switch_secret_now(*, endpoint: Endpoint, actor: User) -> None:
    """End the overlap: only the new secret signs from now on. Safe to repeat."""
    locked = Endpoint.objects.select_for_update(no_key=True).get(pk=endpoint.pk)
    if locked.sealed_next_secret is not None:
        _switch(locked)
        _record("switch_webhook_secret", locked, actor)


def switch_secret_if_due(endpoint: Endpoint, *, now: datetime) -> None:
    """Let the new secret take over once its time has come. The caller holds the row."""
    if endpoint.switch_at is not None and endpoint.switch_at <= now:
        _switch(endpoint)


def _switch(endpoint: Endpoint) -> None:
    assert endpoint.sealed_next_secret is not None, "switch_at stands for a secret to come"
    endpoint.sealed_secret = endpoint.sealed_next_secret
    endpoint.sealed_next_secret, endpoint.switch_at = None, None
    endpoint.save(update_fields=["sealed_secret", "sealed_next_secret", "switch_at"])


def secrets_of(endpoint: Endpoint) -> tuple[str, str]:
    """(the secret that signs, the one that is to replace it or ""). Never for a page or a log."""
    context = secret_context(endpoint.key_id)
    coming = endpoint.sealed_next_secret
    return (
        unseal(bytes(endpoint.sealed_secret), context=context).decode(),
        unseal(bytes(coming), context=context).decode() if coming else "",
    )


def clean_url(url: str) -> str:
    """An address that we may call. What its name resolves to is checked at every call."""
    try:
        checked.parse(url.strip(), allow_private=settings.ALLOW_PRIVATE_CALLBACKS)
    except checked.AddressRefused as refused:
        messages = {
            "scheme": _("Use an address that begins with https://."),
            "private": _("This address is inside a private network, where we don't call."),
        }
        unclear = _("This is not an address that we can call. Example: https://shop.example/hook")
        raise EndpointInvalid(messages.get(refused.code, unclear), field="url") from None
    return url.strip()


def clean_events(events: Sequence[str]) -> list[str]:
    chosen = [kind.value for kind in CHOSEN_EVENTS if kind.value in events]
    if not chosen:
        raise EndpointInvalid(_("Choose at least one event."), field="events")
    return chosen


def _new_secret() -> str:
    return f"whsec_{secrets.token_urlsafe(32)}"


def _record(action: str, endpoint: Endpoint, actor: User, **details: str | int) -> None:
    audit.record(
        actor=actor,
        action=action,
        target=f"agent:{endpoint.agent_id}",
        reason="",
        endpoint=endpoint.key_id,
        **details,
    )
