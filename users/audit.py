"""The one way to write an audit record."""

from __future__ import annotations

from users.models import AuditLog, User


def record(
    *, actor: User | None, action: str, target: str, reason: str = "", **details: str | int | None
) -> AuditLog:
    """Append one audit record inside the caller's transaction. Never put a secret in `details`."""
    return AuditLog.objects.create(
        actor=actor, action=action, target=target, reason=reason, details=details
    )
