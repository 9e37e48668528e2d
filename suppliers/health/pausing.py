"""Writes of pauses: shut, let a few through, shut again, reopen; by itself or by a person.

A person's closing of the supplier (`is_open`) is never touched here.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.utils import timezone

from suppliers.alerts import services as alerts
from suppliers.errors import NotPaused
from suppliers.health.judging import Verdict
from suppliers.health.reasons import given
from suppliers.health.rules import rule_of
from suppliers.models import AlertCause, HealthRule, Supplier, SupplierPause
from users import audit
from users.models import User

log = structlog.get_logger(__name__)

LONGEST_WAIT = timedelta(hours=2)
MAX_HOLD_HOURS = 72


def open_pause(supplier: Supplier) -> SupplierPause | None:
    """The supplier's pause that hasn't ended, locked. Called inside a transaction."""
    return (
        SupplierPause.objects.select_for_update(no_key=True)
        .filter(supplier=supplier, ended_at=None)
        .first()
    )


def shut(supplier: Supplier, verdict: Verdict, rule: HealthRule, *, now: datetime) -> SupplierPause:
    """Begin a pause. Runs in the transaction that has locked the supplier and seen no pause."""
    pause = SupplierPause.objects.create(
        supplier=supplier,
        cause=verdict.cause,
        facts=dict(verdict.facts),
        began_at=now,
        retry_at=now + wait_before_trial(rule, failed_trials=0),
    )
    log.warning("supplier_paused", supplier=supplier.code, cause=verdict.cause)
    return pause


def wait_before_trial(rule: HealthRule, *, failed_trials: int) -> timedelta:
    """Doubled with each trial that failed."""
    wait = timedelta(minutes=rule.retry_minutes)
    doubled: timedelta = wait * 2 ** min(failed_trials, 10)
    return min(doubled, max(LONGEST_WAIT, wait))


def begin_trial(pause: SupplierPause, rule: HealthRule, *, now: datetime) -> None:
    """Half-open: a few orders may go there."""
    pause.trial_at = now
    pause.trial_slots = rule.trial_orders
    pause.save(update_fields=["trial_at", "trial_slots"])
    log.info("supplier_on_trial", supplier=pause.supplier.code, orders=rule.trial_orders)


def shut_again(pause: SupplierPause, rule: HealthRule, *, now: datetime) -> None:
    """The trial failed: wait longer."""
    pause.trial_at = None
    pause.trial_slots = 0
    pause.failed_trials += 1
    pause.retry_at = now + wait_before_trial(rule, failed_trials=pause.failed_trials)
    pause.save(update_fields=["trial_at", "trial_slots", "failed_trials", "retry_at"])
    log.warning("supplier_trial_failed", supplier=pause.supplier.code, trials=pause.failed_trials)


def reopen(
    pause: SupplierPause, *, now: datetime, actor: User | None = None, reason: str = ""
) -> None:
    """End the pause, and its alert."""
    pause.ended_at = now
    pause.ended_by = actor
    pause.end_reason = reason[:200]
    pause.trial_slots = 0
    pause.save(update_fields=["ended_at", "ended_by", "end_reason", "trial_slots"])
    alerts.end(AlertCause(pause.cause), supplier=pause.supplier)
    log.info("supplier_reopened", supplier=pause.supplier.code, by_person=actor is not None)


@transaction.atomic
def resume(*, supplier: Supplier, actor: User, reason: str, hold_hours: int) -> None:
    """A person ends the pause, and may keep the machine from pausing again for some hours.

    What was seen before this moment doesn't count against the supplier any more. Raises NotPaused,
    ReasonNeeded. Locks the supplier, then its pause. Audited.
    """
    reason = given(reason)
    locked = lock_supplier(supplier.pk)
    if not end_by_person(locked, actor=actor, reason=reason):
        raise NotPaused
    hold(locked, hours=hold_hours)
    audit.record(
        actor=actor,
        action="supplier.resume",
        target=f"supplier:{locked.code}",
        reason=reason,
        hold_hours=hold_hours,
    )


@transaction.atomic
def try_now(*, supplier: Supplier, actor: User, reason: str) -> None:
    """A person has a few orders let through without waiting. Raises NotPaused. Audited."""
    reason = given(reason)
    locked = lock_supplier(supplier.pk)
    pause = open_pause(locked)
    if pause is None:
        raise NotPaused
    begin_trial(pause, rule_of(locked), now=timezone.now())
    audit.record(
        actor=actor, action="supplier.trial", target=f"supplier:{locked.code}", reason=reason
    )


def end_by_person(supplier: Supplier, *, actor: User | None, reason: str) -> bool:
    """End the open pause, if there is one, in the caller's transaction."""
    pause = open_pause(supplier)
    if pause is None:
        return False
    reopen(pause, now=timezone.now(), actor=actor, reason=reason)
    return True


def hold(supplier: Supplier, *, hours: int) -> None:
    """No automatic pause for so many hours (0: at once again)."""
    until = timezone.now() + timedelta(hours=min(hours, MAX_HOLD_HOURS)) if hours else None
    HealthRule.objects.update_or_create(supplier=supplier, defaults={"hold_until": until})


def lock_supplier(supplier_id: int) -> Supplier:
    """All that watches or opens one supplier goes one after the other."""
    return Supplier.objects.select_for_update(no_key=True).get(pk=supplier_id)
