"""Monthly top-ups of members, as staff see them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import admin
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline
from unfold.decorators import action, display

from kalegou.models import TopupPlan, TopupPlanRun
from kalegou.services.plans import pause_plan, stop_plan
from users.backoffice import Question, ReadOnly, ReasonForm, decide, must_have, staff

_TONES = {"active": "success", "paused": "warning", "stopped": "info"}


class RunInline(ReadOnly, TabularInline):
    model = TopupPlanRun
    extra = 0
    max_num = 0
    fields = ("month", "planned_at", "order", "why")
    readonly_fields = fields

    @admin.display(description=_("why left out"))
    def why(self, run: TopupPlanRun) -> str:
        return run.problem["text"] if run.problem else ""


@admin.register(TopupPlan)
class TopupPlanAdmin(ReadOnly, ModelAdmin):
    """Whose numbers are charged when, what was left out, and what each member agreed to."""

    list_display = (
        "phone",
        "member",
        "sku",
        "day",
        "max_price",
        "state",
        "next_at",
        "placed",
        "skipped",
    )
    list_filter = ("status", "paused_why", "next_at", "created_at")
    list_select_related = ("member__user", "sku__product")
    search_fields = ("phone", "member__user__username", "member__user__phone")
    show_full_result_count = False
    fields = (
        ("member", "phone"),
        ("sku", "day", "max_price"),
        ("status", "paused_why"),
        ("next_at", "reminded_at"),
        ("consent", "consent_at"),
        "created_at",
    )
    inlines = (RunInline,)
    actions_detail = ("pause", "stop")

    def get_queryset(self, request: HttpRequest) -> Any:
        return (
            super()
            .get_queryset(request)
            .annotate(
                placed_count=Count("runs", filter=Q(runs__order__isnull=False)),
                skipped_count=Count("runs", filter=Q(runs__problem__isnull=False)),
            )
        )

    @display(description=_("status"), label=_TONES, ordering="status")
    def state(self, plan: TopupPlan) -> tuple[str, str]:
        words = str(plan.get_status_display())
        if plan.paused_why:
            words += f" · {plan.get_paused_why_display()}"
        return plan.status, words

    @admin.display(description=_("topped up"), ordering="placed_count")
    def placed(self, plan: Any) -> int:
        count: int = plan.placed_count
        return count

    @admin.display(description=_("left out"), ordering="skipped_count")
    def skipped(self, plan: Any) -> int:
        count: int = plan.skipped_count
        return count

    @action(description=_("Pause…"), url_path="pause")
    def pause(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Have a member's plan stand still, say while a complaint is looked into."""
        return self._asked(
            request,
            object_id,
            pause_plan,
            title=_("Pause this monthly top-up"),
            explanation=_(
                "Nothing is charged until the member has it go on. The member is told your reason."
            ),
            button=_("Pause"),
        )

    @action(description=_("Stop…"), url_path="stop")
    def stop(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """End a member's plan for good."""
        return self._asked(
            request,
            object_id,
            stop_plan,
            title=_("Stop this monthly top-up"),
            explanation=_(
                "It ends for good; orders that were placed stay as they are, and no money moves."
                " The member is told your reason and would have to agree anew."
            ),
            button=_("Stop"),
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
        must_have(request, "kalegou.change_topupplan")
        plan = get_object_or_404(TopupPlan, pk=object_id)
        question = Question(
            title=title,
            explanation=explanation,
            form=ReasonForm(request.POST or None),
            button=button,
            verb=partial(verb, plan=plan, actor=staff(request)),
            done=_("Done. The member is told."),
            back=reverse("admin:kalegou_topupplan_change", args=[object_id]),
            is_final=True,
        )
        return decide(request, self.admin_site, question)
