"""Agents' lists of numbers, batches of the API and schedules, as staff see them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline
from unfold.decorators import action, display

from kameng.models import Batch, BatchPause, OrderPlan, PlanRun
from kameng.queries.jobs import progress_of
from kameng.services.jobs import cancel_job, pause_job
from kameng.services.plans import spent_by
from users.backoffice import Question, ReadOnly, ReasonForm, decide, must_have, staff

_TONES = {"working": "info", "paused": "warning", "finished": "success"}


class StateFilter(admin.SimpleListFilter):
    title = _("status")
    parameter_name = "state"

    def lookups(
        self, request: HttpRequest, model_admin: admin.ModelAdmin[Batch]
    ) -> list[tuple[str, str]]:
        return [
            ("working", gettext("working")),
            ("paused", gettext("paused")),
            ("finished", gettext("finished")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Batch]) -> QuerySet[Batch]:
        match self.value():
            case "working":
                return queryset.filter(due_at__isnull=False)
            case "paused":
                return queryset.filter(paused_at__isnull=False)
            case "finished":
                return queryset.filter(finished_at__isnull=False)
        return queryset


class SourceFilter(admin.SimpleListFilter):
    title = _("through")
    parameter_name = "source"

    def lookups(
        self, request: HttpRequest, model_admin: admin.ModelAdmin[Batch]
    ) -> list[tuple[str, str]]:
        return [("portal", gettext("portal")), ("api", gettext("API"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Batch]) -> QuerySet[Batch]:
        if self.value() in ("portal", "api"):
            return queryset.filter(key__isnull=self.value() == "portal")
        return queryset


@admin.register(Batch)
class BatchAdmin(ReadOnly, ModelAdmin):
    """Who has how much under way, and what stands still why."""

    list_display = (
        "batch_no",
        "agent",
        "source",
        "title",
        "line_count",
        "state",
        "pause_reason",
        "created_at",
    )
    list_filter = (StateFilter, SourceFilter, "pause_reason", "is_sandbox", "created_at")
    list_select_related = ("agent",)
    search_fields = ("batch_no", "batch_ref", "title", "agent__name", "agent__user__username")
    show_full_result_count = False
    fields = (
        ("batch_no", "batch_ref"),
        ("agent", "key", "is_sandbox"),
        ("title", "line_count"),
        "outcomes",
        ("paused_at", "pause_reason"),
        ("created_at", "due_at", "finished_at"),
    )
    readonly_fields = ("outcomes",)
    actions_detail = ("pause", "cancel")

    @admin.display(description=_("through"))
    def source(self, batch: Batch) -> str:
        return gettext("portal") if batch.is_from_portal else gettext("API")

    @display(description=_("status"), label=_TONES)
    def state(self, batch: Batch) -> tuple[str, str]:
        words = {
            "working": gettext("working"),
            "paused": gettext("paused"),
            "finished": gettext("finished"),
        }
        return batch.status, words[batch.status]

    @admin.display(description=_("lines by outcome"))
    def outcomes(self, batch: Batch) -> str:
        progress = progress_of(batch)
        counts = [f"{label}: {count}" for _name, label, count in progress.rows]
        return " · ".join([*counts, f"¥{progress.charged:.2f} − ¥{progress.refunded:.2f}"])

    @action(description=_("Pause…"), url_path="pause")
    def pause(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Have an agent's list stand still; the agent sees that it was customer service."""
        return self._asked(
            request,
            object_id,
            partial(pause_job, why=BatchPause.STAFF),
            title=_("Pause this list"),
            explanation=_(
                "No more lines are ordered until the agent has it go on. What was ordered stays"
                " ordered; no money moves."
            ),
            button=_("Pause"),
        )

    @action(description=_("Cancel the rest…"), url_path="cancel")
    def cancel(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Cancel the lines that wait."""
        return self._asked(
            request,
            object_id,
            cancel_job,
            title=_("Cancel the rest of this list"),
            explanation=_(
                "Every line that waits is cancelled and costs the agent nothing. What was ordered"
                " stays ordered."
            ),
            button=_("Cancel the rest"),
        )

    def _asked(
        self,
        request: HttpRequest,
        object_id: int,
        verb: Callable[..., object],
        *,
        title: str | Promise,
        explanation: str | Promise,
        button: str | Promise,
    ) -> HttpResponse:
        must_have(request, "kameng.change_batch")
        question = Question(
            title=title,
            explanation=explanation,
            form=ReasonForm(request.POST or None),
            button=button,
            verb=partial(verb, batch=get_object_or_404(Batch, pk=object_id), actor=staff(request)),
            done=_("Done. The agent sees it on the list's page."),
            back=reverse("admin:kameng_batch_change", args=[object_id]),
            is_final=True,
        )
        return decide(request, self.admin_site, question)


class RunInline(ReadOnly, TabularInline):
    model = PlanRun
    extra = 0
    max_num = 0
    fields = ("planned_at", "order", "why")
    readonly_fields = ("planned_at", "order", "why")

    @admin.display(description=_("why left out"))
    def why(self, run: PlanRun) -> str:
        return str(run.problem.get("detail", "")) if run.problem else ""


@admin.register(OrderPlan)
class OrderPlanAdmin(ReadOnly, ModelAdmin):
    """What agents have scheduled, and what was left out lately."""

    list_display = (
        "agent",
        "sku",
        "quantity",
        "rhythm",
        "status",
        "next_at",
        "placed",
        "skipped",
        "created_at",
    )
    list_filter = ("status", "rhythm", "ended_why", "created_at")
    list_select_related = ("agent", "sku__product")
    search_fields = ("title", "agent__name", "agent__user__username", "sku__code")
    show_full_result_count = False
    exclude = ("ref", "language", "next_number", "due_at")
    readonly_fields = ("spent",)
    inlines = (RunInline,)

    def get_queryset(self, request: HttpRequest) -> Any:
        return (
            super()
            .get_queryset(request)
            .annotate(
                placed_count=Count("runs", filter=Q(runs__order__isnull=False)),
                skipped_count=Count("runs", filter=Q(runs__problem__isnull=False)),
            )
        )

    @admin.display(description=_("placed"), ordering="placed_count")
    def placed(self, plan: Any) -> int:
        count: int = plan.placed_count
        return count

    @admin.display(description=_("left out"), ordering="skipped_count")
    def skipped(self, plan: Any) -> int:
        count: int = plan.skipped_count
        return count

    @admin.display(description=_("spent"))
    def spent(self, plan: OrderPlan) -> str:
        return f"¥{spent_by(plan):.2f}"
