"""Whose papers run out, and who stands behind each agent."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import display

from kameng.admin import parts
from kameng.admin.revealing import RevealNumber
from kameng.identity import mark_of, tidy
from kameng.models import Application, Diligence
from kameng.queries.history import history_of_agent
from users.backoffice import ReadOnly

_TONES = {"valid": "success", "soon": "warning", "over": "danger", "replaced": "default"}
_SOON = 30


class RunsOutFilter(admin.SimpleListFilter):
    """The list opens on what staff have to look after: in force and running out."""

    title = _("valid")
    parameter_name = "valid"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("soon", _("ends within 30 days, or has ended")),
            ("week", _("ends within 7 days")),
            ("over", _("has ended")),
            ("now", _("in force")),
            ("all", _("all")),
        ]

    def choices(self, changelist: Any) -> Any:
        for value, label in self.lookup_choices:
            yield {
                "selected": (self.value() or "soon") == value,
                "query_string": changelist.get_query_string({self.parameter_name: value}),
                "display": label,
            }

    def queryset(self, request: HttpRequest, queryset: QuerySet[Diligence]) -> QuerySet[Diligence]:
        today = timezone.localdate()
        in_force = queryset.filter(ended_at=None)
        match self.value() or "soon":
            case "soon":
                return in_force.filter(valid_until__lte=today + timedelta(days=_SOON))
            case "week":
                return in_force.filter(
                    valid_until__gte=today, valid_until__lte=today + timedelta(days=7)
                )
            case "over":
                return in_force.filter(valid_until__lt=today)
            case "now":
                return in_force.filter(valid_until__gte=today)
        return queryset


@admin.register(Diligence)
class DiligenceAdmin(RevealNumber, ReadOnly, ModelAdmin):
    """Changed by accepting newer papers only."""

    list_display = (
        "agent",
        "legal_name",
        "legal_kind",
        "masked_legal_id",
        "valid_until",
        "left",
        "state",
        "renewal",
    )
    list_filter = (RunsOutFilter, "legal_kind")
    list_select_related = ("agent",)
    search_fields = ("agent__name", "agent__user__username", "legal_name", "contact_phone")
    search_help_text = _("Agent, name, phone, or a whole ID or licence number")
    ordering = ("valid_until", "pk")
    fieldsets = (
        (None, {"fields": (("agent", "legal_name"), ("legal_kind", "masked_legal_id"))}),
        (
            _("Valid"),
            {
                "fields": (
                    ("valid_until", "state"),
                    ("accepted_by", "accepted_at"),
                    ("ended_at", "lapsed_at"),
                )
            },
        ),
        (_("Documents"), {"fields": ("application", "papers")}),
        (_("History"), {"fields": ("decisions",)}),
    )
    readonly_fields = ("state", "papers", "decisions")
    actions_detail = ("reveal",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Diligence]:
        records: QuerySet[Diligence] = super().get_queryset(request)
        waiting = Application.objects.filter(renews=OuterRef("agent"), status="pending")
        return records.annotate(is_renewing=Exists(waiting))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Diligence], search_term: str
    ) -> tuple[QuerySet[Diligence], bool]:
        number = tidy(search_term)
        if len(number) >= 15:
            return queryset.filter(legal_id_mark=mark_of(number)), False
        found: tuple[QuerySet[Diligence], bool] = super().get_search_results(
            request, queryset, search_term
        )
        return found

    @display(description=_("days left"), ordering="valid_until")
    def left(self, record: Diligence) -> int | str:
        return record.days_left() if record.ended_at is None else "—"

    @display(description=_("status"), label=_TONES)
    def state(self, record: Diligence) -> tuple[str, Any]:
        if record.ended_at is not None:
            return "replaced", _("replaced")
        days = record.days_left()
        if days < 0:
            return "over", _("has ended")
        return ("soon", _("ends soon")) if days <= _SOON else ("valid", _("in force"))

    @display(description=_("newer papers"), boolean=True)
    def renewal(self, record: Diligence) -> bool:
        return bool(getattr(record, "is_renewing", False))

    @admin.display(description=_("documents"))
    def papers(self, record: Diligence) -> str:
        return parts.papers(record.application.documents.all() if record.application else ())

    @admin.display(description=_("history"))
    def decisions(self, record: Diligence) -> str:
        return parts.history(history_of_agent(record.agent))
