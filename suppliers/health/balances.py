"""Asking suppliers for our balance, and keeping what they say."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import structlog
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from outbound.hints import after_commit
from suppliers.alerts import services as alerts
from suppliers.health.forecast import lasts_hours
from suppliers.health.rules import rule_of
from suppliers.models import (
    AlertCause,
    BalanceReading,
    HealthRule,
    Supplier,
    SupplierPause,
    SupplierStat,
)
from suppliers.registry import adapter_of

log = structlog.get_logger(__name__)

ASK_AFTER = timedelta(minutes=5)
ASK_PAUSED_AFTER = timedelta(minutes=1)  # so that money that arrives is seen soon
ASK_CLOSED_AFTER = timedelta(hours=1)
MISSES_TO_TELL = 6
KEPT_FOR = timedelta(days=400)
# An alert of a low balance ends this much above the line, so that it doesn't come and go.
_CLEARLY = Decimal("1.1")


@transaction.atomic
def ask_for_balances() -> int:
    """Hint at asking each supplier whose balance is due; return how many. Safe at once."""
    now = timezone.now()
    network = Supplier.objects.watched()
    SupplierStat.objects.bulk_create(
        (SupplierStat(supplier=supplier) for supplier in network.filter(stat=None)),
        ignore_conflicts=True,
    )
    paused = SupplierPause.objects.filter(supplier=OuterRef("supplier"), ended_at=None)
    due = (
        SupplierStat.objects.filter(supplier__in=network)
        .annotate(is_paused=Exists(paused))
        .filter(
            Q(balance_asked_at=None)
            | Q(balance_asked_at__lte=now - ASK_CLOSED_AFTER)
            | Q(supplier__is_open=True, balance_asked_at__lte=now - ASK_AFTER)
            | Q(
                supplier__is_open=True, is_paused=True, balance_asked_at__lte=now - ASK_PAUSED_AFTER
            )
        )
        .select_for_update(skip_locked=True, no_key=True, of=("self",))
    )
    supplier_ids = [row.supplier_id for row in due]
    SupplierStat.objects.filter(supplier__in=supplier_ids).update(balance_asked_at=now)
    for supplier_id in supplier_ids:
        after_commit("suppliers.tasks.read_balance", supplier_id)
    return len(supplier_ids)


def read_balance(*, supplier_id: int) -> Decimal | None:
    """Ask one supplier and keep the answer. Holds no transaction over the call."""
    supplier = Supplier.objects.get(pk=supplier_id)
    asked_at = timezone.now()
    balance = adapter_of(supplier).balance()
    _keep(supplier, balance, asked_at)
    return balance


@transaction.atomic
def _keep(supplier: Supplier, balance: Decimal | None, asked_at: datetime) -> None:
    """Store a reading. An answer to an older question than the last kept one is only history."""
    BalanceReading.objects.create(supplier=supplier, balance=balance, at=asked_at)
    SupplierStat.objects.get_or_create(supplier=supplier)
    stat = SupplierStat.objects.select_for_update(no_key=True).get(supplier=supplier)
    if balance is None:
        SupplierStat.objects.filter(pk=stat.pk).update(balance_misses=F("balance_misses") + 1)
        if stat.balance_at is not None and stat.balance_misses + 1 >= MISSES_TO_TELL:
            alerts.begin(
                AlertCause.BALANCE_UNREAD,
                supplier=supplier,
                facts={"count": str(stat.balance_misses + 1)},
            )
        return
    if stat.balance_at is None or asked_at >= stat.balance_at:
        SupplierStat.objects.filter(pk=stat.pk).update(
            balance=balance, balance_at=asked_at, balance_misses=0
        )
        alerts.end(AlertCause.BALANCE_UNREAD, supplier=supplier)
        tell_of_low_balance(supplier, balance=balance, per_hour=stat.spend_per_hour)


def tell_of_low_balance(supplier: Supplier, *, balance: Decimal, per_hour: Decimal) -> None:
    """Begin the alert below the line, by amount or by time; end it clearly above. Transaction."""
    rule = rule_of(supplier)
    hours = lasts_hours(balance, per_hour)
    if is_low(rule, balance, hours):
        facts = {"balance": str(balance), "spend_per_hour": str(per_hour)}
        if hours is not None:
            facts["lasts_hours"] = f"{hours:.1f}"
        alerts.begin(AlertCause.LOW_BALANCE, supplier=supplier, facts=facts)
    elif not is_low(rule, balance / _CLEARLY, hours / float(_CLEARLY) if hours else hours):
        alerts.end(AlertCause.LOW_BALANCE, supplier=supplier)


def is_low(rule: HealthRule, balance: Decimal, hours: float | None) -> bool:
    """Below the line of the rule, by amount or by time."""
    return balance < rule.low_balance or (hours is not None and hours < rule.low_hours)


def forget_old_readings() -> int:
    """Drop readings that no chart shows any more."""
    count, _rows = BalanceReading.objects.filter(at__lt=timezone.now() - KEPT_FOR).delete()
    return count
