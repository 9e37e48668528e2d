"""Agents' webhooks as staff see them: whose endpoint fails since when, and what didn't arrive."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import display

from kameng.models import Delivery, Endpoint
from users.backoffice import ReadOnly


class HealthFilter(admin.SimpleListFilter):
    title = _("status")
    parameter_name = "health"

    def lookups(
        self, request: HttpRequest, model_admin: admin.ModelAdmin[Endpoint]
    ) -> list[tuple[str, str]]:
        return [
            ("failing", gettext("failing")),
            ("paused", gettext("paused")),
            ("deleted", gettext("deleted")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Endpoint]) -> QuerySet[Endpoint]:
        match self.value():
            case "failing":
                return queryset.filter(failing_since__isnull=False, deleted_at=None)
            case "paused":
                return queryset.filter(paused_at__isnull=False, deleted_at=None)
            case "deleted":
                return queryset.filter(deleted_at__isnull=False)
        return queryset


@admin.register(Endpoint)
class EndpointAdmin(ReadOnly, ModelAdmin):
    """Which programs are told, and which don't answer. The agent itself pauses and resumes."""

    list_display = ("url", "agent", "state", "failures", "failing_since", "last_success_at")
    list_filter = (HealthFilter, "is_sandbox", "pause_reason")
    list_select_related = ("agent",)
    search_fields = ("url", "key_id", "agent__name", "agent__user__username")
    fields = (
        ("agent", "label"),
        "url",
        ("key_id", "is_sandbox"),
        "events",
        ("pause_reason", "paused_at"),
        ("failures", "failing_since", "quiet_until"),
        ("last_success_at", "switch_at"),
        ("created_at", "deleted_at"),
    )

    @display(
        description=_("status"),
        label={"well": "success", "failing": "danger", "paused": "warning", "deleted": "info"},
    )
    def state(self, endpoint: Endpoint) -> tuple[str, object]:
        if endpoint.deleted_at is not None:
            return "deleted", _("deleted")
        if endpoint.is_paused:
            return "paused", endpoint.get_pause_reason_display()
        if endpoint.failing_since is not None:
            return "failing", _("failing")
        return "well", _("in use")


class ArrivalFilter(admin.SimpleListFilter):
    title = _("told")
    parameter_name = "told"

    def lookups(
        self, request: HttpRequest, model_admin: admin.ModelAdmin[Delivery]
    ) -> list[tuple[str, str]]:
        return [
            ("due", gettext("being tried")),
            ("given_up", gettext("in vain")),
            ("told", gettext("told")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> QuerySet[Delivery]:
        match self.value():
            case "due":
                return queryset.filter(next_attempt_at__isnull=False)
            case "told":
                return queryset.filter(delivered_at__isnull=False)
            case "given_up":
                return queryset.filter(given_up_at__isnull=False)
        return queryset


@admin.register(Delivery)
class DeliveryAdmin(ReadOnly, ModelAdmin):
    """What was sent to agents' endpoints, and how it was answered. Bodies are the agent's own."""

    list_display = (
        "event_kind",
        "order_no",
        "endpoint",
        "attempts",
        "last_status",
        "last_error",
        "delivered_at",
        "next_attempt_at",
    )
    list_filter = (ArrivalFilter, "event__kind", "last_error")
    list_select_related = ("event__order", "endpoint")
    search_fields = ("event__order__order_no", "endpoint__url", "endpoint__agent__name")
    fields = (
        ("event_kind", "order_no"),
        "endpoint",
        ("attempts", "last_status", "last_error"),
        ("started_at", "next_attempt_at"),
        ("delivered_at", "given_up_at"),
    )
    readonly_fields = ("event_kind", "order_no")

    @admin.display(description=_("event"))
    def event_kind(self, delivery: Delivery) -> str:
        return str(delivery.event.get_kind_display())

    @admin.display(description=_("order"))
    def order_no(self, delivery: Delivery) -> str:
        return delivery.event.order.order_no if delivery.event.order else "—"
