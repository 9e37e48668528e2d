"""An agent's schedules: the list, what comes next, what has been."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import islice

from django.db.models import Count, Q, QuerySet

from kameng.models import Agent, OrderPlan, PlanRun, PlanStatus
from kameng.services.plans import spent_by

SHOWN_RUNS = 6


@dataclass(frozen=True, slots=True)
class Coming:
    """One run to come. `has_moved`: the month is shorter, so it is its last day."""

    at: datetime
    has_moved: bool


@dataclass(frozen=True, slots=True)
class PlanFigures:
    placed: int
    skipped: int
    spent: Decimal


def plans_of(agent: Agent, *, status: str = "") -> QuerySet[OrderPlan]:
    """Newest first, with the goods loaded and the runs counted."""
    found = OrderPlan.objects.filter(agent=agent).select_related("sku__product").order_by("-id")
    if status in PlanStatus.values:
        found = found.filter(status=status)
    return found


def with_counts(found: QuerySet[OrderPlan]) -> QuerySet[OrderPlan]:
    return found.annotate(
        placed=Count("runs", filter=Q(runs__order__isnull=False)),
        skipped=Count("runs", filter=Q(runs__problem__isnull=False)),
    )


def coming_runs(plan: OrderPlan, *, placed: int = 0, most: int = SHOWN_RUNS) -> list[Coming]:
    """The next runs, as far as the days and the number of orders say; any may be left out."""
    if plan.next_at is None:
        return []
    if plan.max_orders is not None:
        most = min(most, plan.max_orders - placed)
    schedule = plan.schedule
    runs = islice(schedule.from_number(plan.next_number), max(most, 0))
    return [
        Coming(
            at, plan.rhythm == "monthly" and at.astimezone(schedule.zone).day != schedule.first.day
        )
        for _number, at in runs
    ]


def figures_of(plan: OrderPlan) -> PlanFigures:
    counts = plan.runs.aggregate(
        placed=Count("order"), skipped=Count("pk", filter=Q(problem__isnull=False))
    )
    return PlanFigures(counts["placed"], counts["skipped"], spent_by(plan))


def runs_of(plan: OrderPlan, *, outcome: str = "") -> QuerySet[PlanRun]:
    """What has been, newest first."""
    found = plan.runs.select_related("order").order_by("-number")
    match outcome:
        case "placed":
            return found.filter(order__isnull=False)
        case "skipped":
            return found.filter(problem__isnull=False)
    return found
