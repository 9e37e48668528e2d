"""Watching one supplier: from what was seen to a pause, a trial, a reopening, an alert.

`orders.services.watching` brings the attempts, since fulfilments are above this app; this is the
one place that decides on them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import Max, Min
from django.utils import timezone

from suppliers.alerts import services as alerts
from suppliers.health.judging import Attempt, TrialResult, Verdict, judge, judge_trial
from suppliers.health.pausing import (
    begin_trial,
    lock_supplier,
    open_pause,
    reopen,
    shut,
    shut_again,
)
from suppliers.health.rules import rule_of
from suppliers.models import (
    AlertCause,
    HealthRule,
    Offer,
    PauseCause,
    Supplier,
    SupplierPause,
    SupplierStat,
)

# A reading that is older says nothing about now.
BELIEVED_FOR = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Window:
    """Which attempts of a supplier count: those that began at `since` or later."""

    supplier_id: int
    since: datetime


def windows() -> list[Window]:
    """Of each supplier that is watched, what to look at.

    On trial: the trial. Else the rule's minutes, but nothing from before the last reopening: what
    led to that pause must not lead to the next.
    """
    now = timezone.now()
    suppliers = Supplier.objects.watched().filter(is_open=True)
    rules = {rule.supplier_id: rule for rule in HealthRule.objects.filter(supplier__in=suppliers)}
    trials = dict(
        SupplierPause.objects.filter(ended_at=None, trial_at__isnull=False).values_list(
            "supplier", "trial_at"
        )
    )
    ended = dict(
        SupplierPause.objects.filter(ended_at__gte=now - timedelta(days=1))
        .values("supplier")
        .annotate(at=Max("ended_at"))
        .values_list("supplier", "at")
    )
    found = []
    for supplier in suppliers:
        rule = rules.get(supplier.pk) or HealthRule(supplier=supplier)
        since = now - timedelta(minutes=rule.window_minutes)
        since = max(since, ended.get(supplier.pk, since))
        found.append(Window(supplier.pk, trials.get(supplier.pk) or since))
    return found


@transaction.atomic
def watch(*, window: Window, attempts: Sequence[Attempt]) -> None:
    """Take one look at a supplier. `attempts`: of the window, newest first.

    Locks the supplier's row (orders only reference it, so none waits), then its pause. Safe to
    repeat and at once.
    """
    supplier = lock_supplier(window.supplier_id)
    if not supplier.is_open:  # a person closed it: nothing to pause, and nothing reopens it
        return
    rule, now = rule_of(supplier), timezone.now()
    money = _money(supplier, now)
    pause = open_pause(supplier)
    if pause is None:
        _watch_open(
            supplier, rule, judge(attempts, rule, balance=money.balance, needed=money.needed)
        )
    elif pause.is_on_trial:
        if pause.trial_at == window.since:  # else it began after these attempts were read
            _watch_trial(pause, rule, attempts, money, now)
    elif _may_try(pause, money, now):
        begin_trial(pause, rule, now=now)


@dataclass(frozen=True, slots=True)
class _Money:
    """`balance`: what the supplier said lately, else None. `needed`: its cheapest open offer."""

    balance: Decimal | None
    balance_at: datetime | None
    needed: Decimal | None
    # It used to tell its balance and doesn't now.
    fell_silent: bool = False

    @property
    def is_short(self) -> bool:
        return self.balance is not None and self.needed is not None and self.balance < self.needed


def _money(supplier: Supplier, now: datetime) -> _Money:
    stat = SupplierStat.objects.filter(supplier=supplier).first()
    offers = Offer.objects.filter(supplier=supplier, is_open=True, cost__gt=0)
    needed = offers.aggregate(least=Min("cost"))["least"]
    if stat is None or stat.balance_at is None:
        return _Money(None, None, needed)
    fell_silent = stat.balance_misses > 0
    if now - stat.balance_at > BELIEVED_FOR:
        return _Money(None, None, needed, fell_silent)
    return _Money(stat.balance, stat.balance_at, needed, fell_silent)


def _watch_open(supplier: Supplier, rule: HealthRule, verdict: Verdict | None) -> None:
    for cause in PauseCause:
        if verdict is None or verdict.cause != cause:
            alerts.end(AlertCause(cause.value), supplier=supplier)
    if verdict is None:
        return
    alerts.begin(AlertCause(verdict.cause.value), supplier=supplier, facts=verdict.facts)
    now = timezone.now()
    is_held = rule.hold_until is not None and now < rule.hold_until
    if rule.pauses_automatically and not is_held:
        shut(supplier, verdict, rule, now=now)


def _watch_trial(
    pause: SupplierPause,
    rule: HealthRule,
    attempts: Sequence[Attempt],
    money: _Money,
    now: datetime,
) -> None:
    result = judge_trial(attempts, rule, slots_left=pause.trial_slots, now=now)
    if money.is_short:
        result = TrialResult.SHUT
    if result is TrialResult.SHUT:
        shut_again(pause, rule, now=now)
    elif result is TrialResult.REOPEN:
        reopen(pause, now=now)
    elif result is TrialResult.MORE:
        SupplierPause.objects.filter(pk=pause.pk).update(trial_slots=rule.trial_orders)


def _may_try(pause: SupplierPause, money: _Money, now: datetime) -> bool:
    """Whether a trial has a chance: the time has come, and what can be seen without orders is well.

    Money that has arrived is reason enough; a supplier that doesn't even tell the balance it used
    to tell gets no orders to lose.
    """
    is_fresh = money.balance_at is not None and money.balance_at > pause.began_at
    if pause.cause == PauseCause.BALANCE:
        return (
            is_fresh and not money.is_short and (now >= pause.retry_at or not pause.failed_trials)
        )
    if now < pause.retry_at or money.is_short:
        return False
    return pause.cause != PauseCause.SILENCE or not money.fell_silent
