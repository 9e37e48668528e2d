"""The delivery log of an agent: events and order callbacks in one list, newest first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import CharField, Count, F, IntegerField, Q, QuerySet, Value
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kameng.models import Agent, Delivery, Endpoint, EventKind, OrderCallback

CALLBACK = "callback"
STATES: tuple[tuple[str, str | Promise], ...] = (
    ("waiting", _("waiting")),
    ("told", _("arrived")),
    ("given_up", _("given up")),
)
_COLUMNS = (
    "row_kind",
    "pk",
    "what",
    "order_no",
    "target",
    "attempts",
    "next_attempt_at",
    "delivered_at",
    "given_up_at",
    "last_status",
    "last_error",
    "at",
)
PROBLEMS: dict[str, str | Promise] = {
    "refused_address": _("The address is private, or it isn't https: nothing was sent."),
    "unreachable": _("No connection could be made."),
    "timeout": _("No answer came in time."),
    "broken": _("The answer was not HTTP, or the certificate isn't the host's."),
    "no_key": _("The order's key has ended and there is no other one to sign with."),
    "deleted": _("The endpoint was deleted."),
}


@dataclass(frozen=True, slots=True)
class LogRow:
    """One line of the log: an event on its way to an endpoint, or an order's callback."""

    row_kind: str
    pk: int
    what: str
    order_no: str | None
    target: str
    attempts: int
    next_attempt_at: datetime | None
    delivered_at: datetime | None
    given_up_at: datetime | None
    last_status: int | None
    last_error: str
    at: datetime

    @property
    def state(self) -> str:
        if self.delivered_at is not None:
            return "told"
        return "waiting" if self.next_attempt_at is not None else "given_up"

    @property
    def state_label(self) -> str:
        return str(dict(STATES)[self.state])

    @property
    def label(self) -> str:
        if self.row_kind == CALLBACK:
            return str(_("order callback"))
        return str(EventKind(self.what).label)

    @property
    def problem(self) -> str:
        return str(PROBLEMS.get(self.last_error, ""))


def log_rows(
    agent: Agent, *, state: str = "", endpoint: Endpoint | None = None, text: str = ""
) -> QuerySet[Any, tuple[Any, ...]]:
    """Rows for `LogRow(*row)`, newest first; of one state, one endpoint, an order's number."""
    events = Delivery.objects.filter(endpoint__agent=agent)
    # An order that is under way has nothing to tell yet.
    callbacks = OrderCallback.objects.filter(order__buyer=agent.user_id).exclude(
        attempts=0, next_attempt_at=None
    )
    if endpoint is not None:
        events, callbacks = events.filter(endpoint=endpoint), callbacks.none()
    if state == "told":
        told = Q(delivered_at__isnull=False)
    elif state == "waiting":
        told = Q(next_attempt_at__isnull=False)
    elif state == "given_up":
        told = Q(delivered_at__isnull=True, next_attempt_at__isnull=True)
    else:
        told = Q()
    events, callbacks = events.filter(told), callbacks.filter(told)
    if text:
        events = events.filter(event__order__order_no=text)
        callbacks = callbacks.filter(order__order_no=text)
    one = events.order_by().annotate(
        row_kind=Value("event", output_field=CharField()),
        what=F("event__kind"),
        order_no=F("event__order__order_no"),
        target=F("endpoint__url"),
        at=F("event__created_at"),
    )
    other = callbacks.order_by().annotate(
        row_kind=Value(CALLBACK, output_field=CharField()),
        what=Value("", output_field=CharField()),
        order_no=F("order__order_no"),
        target=F("order__callback_url"),
        given_up_at=Value(None, output_field=_moment()),
        at=F("created_at"),
    )
    rows = one.values_list(*_COLUMNS)
    if endpoint is not None:
        return rows.order_by("-at", "-pk")
    return rows.union(other.values_list(*_COLUMNS), all=True).order_by("-at", "-pk")


def _moment() -> Any:
    return Delivery._meta.get_field("given_up_at")


def endpoints_of(agent: Agent) -> QuerySet[Endpoint]:
    """The agent's endpoints, with how many events wait and were given up lately."""
    return (
        Endpoint.objects.filter(agent=agent, deleted_at=None)
        .annotate(
            waiting_count=Count(
                "deliveries",
                filter=Q(deliveries__next_attempt_at__isnull=False),
                output_field=IntegerField(),
            ),
            given_up_count=Count("deliveries", filter=Q(deliveries__given_up_at__isnull=False)),
        )
        .order_by("pk")
    )


def paused_by_failure(agent: Agent) -> QuerySet[Endpoint]:
    """Endpoints that paused themselves: shown on the dashboard until somebody acts."""
    return Endpoint.objects.filter(agent=agent, deleted_at=None, pause_reason="failing")
