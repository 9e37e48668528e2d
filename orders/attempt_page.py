"""An order's attempts as staff judge them: why this offer, what was said, what can be done now."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from orders.models import UNDECIDED, Fulfilment, FulfilmentEvent, FulfilmentStatus, Order
from suppliers import reasons

SOURCES: dict[str, str | Promise] = {
    "submit": _("We sent the order"),
    "query": _("We asked"),
    "callback": _("The supplier called"),
    "staff": _("A person"),
    "system": _("By itself"),
}
OUTCOMES: dict[str, tuple[str | Promise, str]] = {
    "delivered": (_("delivered"), "ok"),
    "accepted": (_("is being worked on"), "info"),
    "rejected": (_("definitely not delivered"), "bad"),
    "not_found": (_("no such order there"), "warn"),
    "unknown": (_("no answer that can be believed"), "warn"),
    "deferred": (_("nothing was sent, later again"), "mute"),
    "hint": (_("not taken at its word: we ask"), "info"),
    "ask": (_("wants the supplier asked again"), "info"),
    "manual": (_("a person has to look"), "warn"),
}
WHY: dict[str, str | Promise] = {
    "undecided_too_long": _("It has been undecided for too long."),
    "delivered_without_cards": _("The supplier says delivered, and gave no codes."),
    "duplicate_card": _("A code that we had before came again."),
    "more_cards_than_ordered": _("More codes came than were ordered; the first ones were taken."),
    "cost_not_believed": _("The supplier's charge can't be true; the offer's cost was booked."),
    "contradicts_itself": _("The supplier said delivered first and failed later."),
    "paused": _("The supplier was paused while the order waited."),
    "supplier_closed": _("The supplier was closed while the order waited."),
    "offer_closed": _("The offer was closed while the order waited."),
    "stopped": _("The offer was taken out while the order waited."),
    "maintenance": _("Maintenance began while the order waited."),
    "rate_limit": _("As many calls a second as are allowed were made."),
    "busy": _("As many calls at once as are allowed were under way."),
    "circuit_open": _("The circuit breaker is open: too many calls got no answer."),
    "unreachable": _("No connection could be made."),
    "limits_unavailable": _("Redis didn't answer, which keeps the supplier's limits."),
    "late_success": _("It was delivered after it had failed: booked as the supplier's loss."),
}
STATUS_TONES = {
    FulfilmentStatus.QUEUED: "mute",
    FulfilmentStatus.SUBMITTING: "info",
    FulfilmentStatus.ACCEPTED: "info",
    FulfilmentStatus.UNKNOWN: "warn",
    FulfilmentStatus.SUCCEEDED: "ok",
    FulfilmentStatus.FAILED: "bad",
}


@dataclass(frozen=True, slots=True)
class VerdictRow:
    supplier: str
    cost: str
    is_chosen: bool
    text: str
    score: str


@dataclass(frozen=True, slots=True)
class EventRow:
    event: FulfilmentEvent
    source: str | Promise
    outcome: str | Promise
    tone: str
    why: str | Promise


@dataclass(frozen=True, slots=True)
class AttemptRow:
    attempt: Fulfilment
    tone: str
    units: str
    verdicts: list[VerdictRow]
    events: list[EventRow]
    is_undecided: bool
    was_sent: bool


def attempt_rows(order: Order, *, only: int | None = None) -> list[AttemptRow]:
    """The attempts of an order, oldest first, with all their evidence: two queries."""
    attempts = order.fulfilments.select_related("supplier").prefetch_related("evidence")
    if only is not None:
        attempts = attempts.filter(pk=only)
    return [_row(attempt, order) for attempt in attempts]


def verdict_rows(stored: Iterable[dict[str, Any]] | None) -> list[VerdictRow]:
    """A stored decision in the reader's language."""
    return [
        VerdictRow(
            supplier=verdict["supplier"],
            cost=verdict["cost"],
            is_chosen=verdict["reason"] == "chosen",
            text=reasons.sentence(verdict),
            score=reasons.score_text(verdict),
        )
        for verdict in stored or ()
    ]


def _row(attempt: Fulfilment, order: Order) -> AttemptRow:
    return AttemptRow(
        attempt=attempt,
        tone=STATUS_TONES[FulfilmentStatus(attempt.status)],
        units=_units(attempt, order),
        verdicts=verdict_rows(attempt.routing),
        events=[_event(event) for event in _in_order(attempt.evidence.all())],
        is_undecided=attempt.status in UNDECIDED,
        was_sent=attempt.submitted_at is not None,
    )


def _units(attempt: Fulfilment, order: Order) -> str:
    """Units beyond the order's own are replacements (orders/services/replacing.py)."""
    if attempt.first_unit >= order.quantity:
        return gettext("replacement of %(count)d") % {"count": attempt.quantity}
    return f"{attempt.first_unit + 1}–{attempt.end_unit} / {order.quantity}"


def _in_order(events: Iterable[FulfilmentEvent]) -> Sequence[FulfilmentEvent]:
    return sorted(events, key=lambda event: event.pk)


def told(event: FulfilmentEvent) -> str:
    """One piece of evidence as one line."""
    row = _event(event)
    text = " ".join(filter(None, (str(row.why) or event.code, event.message)))
    return f"{row.source}: {row.outcome}" + (f" · {text}" if text else "")


def _event(event: FulfilmentEvent) -> EventRow:
    outcome, tone = OUTCOMES.get(event.outcome, (event.outcome, "mute"))
    return EventRow(
        event=event,
        source=SOURCES.get(event.source, event.source),
        outcome=outcome,
        tone=tone,
        why=WHY.get(event.code, ""),
    )
