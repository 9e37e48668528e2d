"""Alerts, who is told of them, and the log of telling."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline
from unfold.decorators import action, display

from suppliers import words
from suppliers.alerts.services import save_receiver, send_test
from suppliers.forms import NoFields, ReceiverForm
from suppliers.models import Alert, AlertAttempt, AlertDelivery, AlertReceiver
from users.backoffice import ReadOnly, ask, staff


class IsOver(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "over"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("no", _("lasting")), ("yes", _("over"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Alert]) -> QuerySet[Alert]:
        if self.value() is None:
            return queryset
        return queryset.filter(ended_at__isnull=self.value() == "no")


class DeliveryInline(ReadOnly, TabularInline):
    model = AlertDelivery
    extra = 0
    show_change_link = True
    fields = ("receiver", "event", "attempts", "delivered_at", "next_attempt_at")


@admin.register(Alert)
class AlertAdmin(ReadOnly, ModelAdmin):
    """What is wrong at suppliers now, and what was."""

    list_display = ("supplier", "cause", "in_words", "began_at", "ended_at")
    list_filter = (IsOver, "cause", "supplier")
    list_select_related = ("supplier",)
    fields = ("supplier", "cause", "offer", "in_words", "what_it_means", "began_at", "ended_at")
    readonly_fields = ("in_words", "what_it_means")
    inlines = (DeliveryInline,)

    @admin.display(description=_("what happened"))
    def in_words(self, alert: Alert) -> str:
        return words.reason(alert.cause, alert.facts)

    @admin.display(description=_("what it means"))
    def what_it_means(self, alert: Alert) -> str:
        return words.meaning(alert.cause)


@admin.register(AlertReceiver)
class AlertReceiverAdmin(ModelAdmin):
    """Who is told, by email or webhook. The webhook's secret goes in and never out."""

    form = ReceiverForm
    list_display = ("name", "kind", "address", "is_open", "last_delivery")
    list_filter = ("kind", "is_open")
    search_fields = ("name", "code", "address")
    fields = ("code", "name", "kind", "address", "secret", "causes", "is_open")
    actions_detail = ("test",)

    def get_readonly_fields(
        self, request: HttpRequest, obj: AlertReceiver | None = None
    ) -> tuple[str, ...]:
        return ("code",) if obj else ()  # the secret is sealed to it

    def has_delete_permission(self, request: HttpRequest, obj: AlertReceiver | None = None) -> bool:
        return False  # its log stays: take it out of use instead

    def get_queryset(self, request: HttpRequest) -> QuerySet[AlertReceiver]:
        receivers: QuerySet[AlertReceiver] = super().get_queryset(request)
        last = AlertDelivery.objects.filter(receiver=OuterRef("pk")).order_by("-id")
        return receivers.annotate(
            last_id=Subquery(last.values("pk")[:1]),
            last_delivered_at=Subquery(last.values("delivered_at")[:1]),
            last_due_at=Subquery(last.values("next_attempt_at")[:1]),
        )

    @display(description=_("last message"))
    def last_delivery(self, receiver: AlertReceiver) -> str:
        if getattr(receiver, "last_id", None) is None:
            return ""
        return state_of(
            AlertDelivery(
                delivered_at=getattr(receiver, "last_delivered_at", None),
                next_attempt_at=getattr(receiver, "last_due_at", None),
            )
        )

    def save_model(self, request: HttpRequest, obj: AlertReceiver, form: Any, change: bool) -> None:
        save_receiver(
            receiver=obj, secret=form.cleaned_data.get("secret", ""), actor=staff(request)
        )

    def has_test_permission(self, request: HttpRequest, object_id: str = "0") -> bool:
        return bool(self.has_change_permission(request))

    @action(description=_("Send a test"), url_path="test", permissions=["test"])
    def test(self, request: HttpRequest, object_id: int) -> HttpResponse:
        if not self.has_test_permission(request):
            raise PermissionDenied
        receiver = get_object_or_404(AlertReceiver, pk=object_id)
        back = reverse("admin:suppliers_alertreceiver_change", args=[object_id])
        if request.method == "POST":
            delivery = send_test(receiver=receiver, actor=staff(request))
            messages.success(request, _("The test is on its way: see below what comes of it."))
            return HttpResponseRedirect(
                reverse("admin:suppliers_alertdelivery_change", args=[delivery.pk])
            )
        return ask(
            request,
            site=self.admin_site,
            title=_("Send a test to %(receiver)s") % {"receiver": receiver.name},
            explanation=_(
                "A message that says it is a test goes to %(address)s. Nothing else happens."
            )
            % {"address": receiver.address},
            form=NoFields(),
            button=_("Send a test"),
            back=back,
        )


class AttemptInline(ReadOnly, TabularInline):
    model = AlertAttempt
    extra = 0
    fields = ("number", "at", "seconds", "http_status", "problem")
    readonly_fields = ("at",)


class DeliveryState(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("due", _("on its way")),
            ("done", _("delivered")),
            ("lost", _("given up")),
        ]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[AlertDelivery]
    ) -> QuerySet[AlertDelivery]:
        match self.value():
            case "due":
                return queryset.filter(next_attempt_at__isnull=False)
            case "done":
                return queryset.filter(delivered_at__isnull=False)
            case "lost":
                return queryset.filter(delivered_at=None, next_attempt_at=None)
            case _:
                return queryset


@admin.register(AlertDelivery)
class AlertDeliveryAdmin(ReadOnly, ModelAdmin):
    """The log: what was sent to whom, and what came of each attempt."""

    list_display = ("created_at", "receiver", "alert_in_words", "event", "attempts", "state")
    list_filter = (DeliveryState, "receiver", "event")
    list_select_related = ("receiver", "alert__supplier")
    fields = ("receiver", "alert", "event", "state", "attempts", "next_attempt_at", "delivered_at")
    readonly_fields = ("state",)
    inlines = (AttemptInline,)

    @admin.display(description=_("alert"))
    def alert_in_words(self, delivery: AlertDelivery) -> str:
        alert = delivery.alert
        return f"{alert.supplier.name}: {alert.get_cause_display()}" if alert else ""

    @admin.display(description=_("state"))
    def state(self, delivery: AlertDelivery) -> str:
        return state_of(delivery)


def state_of(delivery: AlertDelivery) -> str:
    if delivery.delivered_at is not None:
        return str(_("delivered"))
    return str(_("given up") if delivery.is_given_up else _("on its way"))
