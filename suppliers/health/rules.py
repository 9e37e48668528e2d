"""The rules of a supplier: its own, or the defaults."""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction

from suppliers.health.reasons import given
from suppliers.models import HealthRule, Supplier
from users import audit
from users.models import User


def rule_of(supplier: Supplier) -> HealthRule:
    return HealthRule.objects.filter(supplier=supplier).first() or HealthRule(supplier=supplier)


@transaction.atomic
def save_rules(*, rule: HealthRule, changed: Collection[str], actor: User, reason: str) -> None:
    """Keep a supplier's changed rules; the audit record says which, and to what."""
    reason = given(reason)
    HealthRule.objects.update_or_create(
        supplier=rule.supplier, defaults={name: getattr(rule, name) for name in changed}
    )
    audit.record(
        actor=actor,
        action="supplier.rules",
        target=f"supplier:{rule.supplier.code}",
        reason=reason,
        **{name: str(getattr(rule, name)) for name in changed},
    )
