"""Keys for the open API: made with a secret that is shown once and kept sealed."""

from __future__ import annotations

import secrets

from django.db import transaction

from catalog.rotation import SealedColumn
from catalog.sealing import seal, unseal
from kameng.models import Agent, ApiKey
from users import audit
from users.models import User


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
    key_id: str | None = None,
    secret: str | None = None,
) -> tuple[ApiKey, str]:
    """Make a key; return it with its secret, which can't be shown again. Audited."""
    key_id = key_id or f"ak_{secrets.token_hex(10)}"
    secret = secret or secrets.token_urlsafe(32)
    key = ApiKey.objects.create(
        agent=agent,
        key_id=key_id,
        sealed_secret=seal(secret.encode(), context=secret_context(key_id)),
        label=label,
    )
    audit.record(actor=actor, action="create_api_key", target=f"agent:{agent.pk}", key=key_id)
    return key, secret


def secret_of(key: ApiKey) -> str:
    """The secret, to check or make a signature with. Never for a page or a log."""
    return unseal(key.sealed_secret, context=secret_context(key.key_id)).decode()
