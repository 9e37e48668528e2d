"""“Which supplier needs me now?”: one row a supplier, the gravest first. Few queries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from suppliers import words
from suppliers.health.balances import is_low
from suppliers.health.forecast import lasts_hours
from suppliers.models import (
    Alert,
    AlertCause,
    HealthRule,
    PauseCause,
    Supplier,
    SupplierPause,
    SupplierStat,
)
from ui.formats import moment

TONES = ("bad", "warn", "info", "ok", "mute")
_PAUSING = frozenset(PauseCause.values)
_OFFER_CAUSES = frozenset({AlertCause.COST, AlertCause.GONE, AlertCause.CHANGED})


@dataclass(frozen=True, slots=True)
class Need:
    """Something to look at; `tone` says how much (ui/tones.py)."""

    tone: str
    text: str
    url: str = ""  # where to act on it


@dataclass(frozen=True, slots=True)
class Row:
    supplier: Supplier
    state: str  # open | paused | trial | closed
    pause: SupplierPause | None
    stat: SupplierStat
    lasts: float | None
    balance_is_low: bool
    needs: tuple[Need, ...]

    @property
    def tone(self) -> str:
        """Of its gravest need."""
        if self.state == "closed" and not self.needs:
            return "mute"
        return min((need.tone for need in self.needs), key=TONES.index, default="ok")

    @property
    def lasts_text(self) -> str:
        return words.hours(self.lasts) if self.lasts is not None else ""

    @property
    def state_tone(self) -> str:
        return {"open": "ok", "paused": "bad", "trial": "info", "closed": "mute"}[self.state]

    @property
    def state_text(self) -> str:
        return {
            "open": _("open"),
            "paused": _("paused"),
            "trial": _("on trial"),
            "closed": _("closed by a person"),
        }[self.state]

    @property
    def success_percent(self) -> Decimal | None:
        return _percent(self.stat.success_rate)

    @property
    def unknown_percent(self) -> Decimal | None:
        return _percent(self.stat.unknown_rate)


def _percent(share: Decimal | None) -> Decimal | None:
    return None if share is None else share * 100


def overview() -> list[Row]:
    """Every supplier that is called over the network; who needs somebody stands first."""
    rows = rows_of(Supplier.objects.watched().select_related("stat"))
    return sorted(
        rows,
        key=lambda row: (
            TONES.index(row.tone),
            row.lasts if row.lasts is not None else float("inf"),
            row.supplier.code,
        ),
    )


def rows_of(suppliers: Iterable[Supplier]) -> list[Row]:
    """These suppliers as rows, in three more queries."""
    found = list(suppliers)
    keys = [supplier.pk for supplier in found]
    open_pauses = SupplierPause.objects.filter(supplier__in=keys, ended_at=None)
    pauses = {pause.supplier_id: pause for pause in open_pauses}
    rules = {rule.supplier_id: rule for rule in HealthRule.objects.filter(supplier__in=keys)}
    alerts: dict[int, list[Alert]] = {pk: [] for pk in keys}
    for alert in Alert.objects.filter(supplier__in=keys, ended_at=None).order_by("id"):
        alerts[alert.supplier_id].append(alert)
    return [_row(supplier, pauses, rules, alerts[supplier.pk]) for supplier in found]


def _row(
    supplier: Supplier,
    pauses: Mapping[int, SupplierPause],
    rules: Mapping[int, HealthRule],
    alerts: list[Alert],
) -> Row:
    pause = pauses.get(supplier.pk)
    stat = getattr(supplier, "stat", None) or SupplierStat(supplier=supplier)
    lasts = lasts_hours(stat.balance, stat.spend_per_hour)
    rule = rules.get(supplier.pk) or HealthRule(supplier=supplier)
    return Row(
        supplier=supplier,
        state=_state(supplier, pause),
        pause=pause,
        stat=stat,
        lasts=lasts,
        balance_is_low=stat.balance is not None and is_low(rule, stat.balance, lasts),
        needs=tuple(_needs(supplier, pause, stat, alerts)),
    )


def _state(supplier: Supplier, pause: SupplierPause | None) -> str:
    if not supplier.is_open:
        return "closed"
    if pause is None:
        return "open"
    return "trial" if pause.is_on_trial else "paused"


def _needs(
    supplier: Supplier, pause: SupplierPause | None, stat: SupplierStat, alerts: list[Alert]
) -> Iterable[Need]:
    if count := stat.waiting_for_person:
        yield Need(
            "bad",
            ngettext(
                "%(count)d attempt waits for your decision.",
                "%(count)d attempts wait for your decision.",
                count,
            )
            % {"count": count},
            reverse("admin:orders_fulfilment_changelist")
            + f"?needs_decision__exact=1&supplier__id__exact={supplier.pk}",
        )
    if pause is not None and supplier.is_open:
        yield Need(*_told(pause))
    for alert in alerts:
        if alert.cause in _PAUSING and pause is not None and alert.cause == pause.cause:
            continue
        if alert.cause in _OFFER_CAUSES:
            continue
        tone = "bad" if alert.cause in _PAUSING else "warn"
        yield Need(tone, words.reason(alert.cause, alert.facts))
    if count := sum(alert.cause in _OFFER_CAUSES for alert in alerts):
        yield Need(
            "warn",
            ngettext("%(count)d offer was taken out.", "%(count)d offers were taken out.", count)
            % {"count": count},
            reverse("admin:suppliers_alert_changelist")
            + f"?over=no&supplier__id__exact={supplier.pk}",
        )


def _told(pause: SupplierPause) -> tuple[str, str]:
    """(tone, the pause in words)."""
    reason = words.reason(pause.cause, pause.facts)
    if pause.is_on_trial:
        return "info", f"{reason} " + ngettext(
            "On trial: %(count)d more order may go there.",
            "On trial: %(count)d more orders may go there.",
            pause.trial_slots,
        ) % {"count": pause.trial_slots}
    if pause.retry_at <= timezone.now():
        return "bad", f"{reason} " + _("It is tried as soon as it can be.")
    return "bad", f"{reason} " + _("Next try: %(at)s.") % {"at": moment(pause.retry_at)}
