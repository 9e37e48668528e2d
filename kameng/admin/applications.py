"""The queue of applications: who waits, since when, and for whom."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import action, display

from kameng.admin.forms import NoteForm, ReasonToAgentForm
from kameng.models import Application, ApplicationStatus
from kameng.services.applications import approve_application, reject_application
from users.backoffice import ReadOnly, ask, staff
from users.errors import PersonError

_TONES = {
    ApplicationStatus.PENDING: "warning",
    ApplicationStatus.APPROVED: "success",
    ApplicationStatus.REJECTED: "danger",
}


class WaitingFilter(admin.SimpleListFilter):
    """The list opens on those who wait."""

    title = _("status")
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [*ApplicationStatus.choices, ("all", _("all"))]

    def choices(self, changelist: Any) -> Any:
        for value, label in self.lookup_choices:
            yield {
                "selected": (self.value() or ApplicationStatus.PENDING) == value,
                "query_string": changelist.get_query_string({self.parameter_name: value}),
                "display": label,
            }

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[Application]
    ) -> QuerySet[Application]:
        chosen = self.value() or ApplicationStatus.PENDING
        return queryset if chosen == "all" else queryset.filter(status=chosen)


@admin.register(Application)
class ApplicationAdmin(ReadOnly, ModelAdmin):
    """Decided by approving or rejecting only; what was sent stays as it was sent."""

    list_display = (
        "legal_name",
        "legal_kind",
        "user",
        "inviter",
        "tier",
        "state",
        "created_at",
    )
    list_filter = (WaitingFilter, "legal_kind", "tier")
    list_select_related = ("user", "inviter", "tier")
    search_fields = ("legal_name", "legal_id", "contact_phone", "user__username")
    ordering = ("created_at",)
    fieldsets = (
        (None, {"fields": (("user", "inviter", "tier"), ("status", "created_at"))}),
        (
            _("Legal person"),
            {"fields": (("legal_kind", "legal_name"), ("legal_id", "contact_phone"), "proof")},
        ),
        (_("Decision"), {"fields": (("decided_by", "decided_at"), "decision_reason")}),
    )
    readonly_fields = ("proof",)
    actions_detail = ("approve", "reject")

    @display(description=_("status"), label=_TONES, ordering="status")
    def state(self, application: Application) -> tuple[str, str]:
        return application.status, application.get_status_display()

    @admin.display(description=_("document"))
    def proof(self, application: Application) -> str:
        if not application.document:
            return "—"
        address = reverse("kameng:document", args=[application.pk])
        return format_html(
            '<a class="underline" href="{}" target="_blank" rel="noopener">{}</a>',
            address,
            _("Look at the document"),
        )

    @action(description=_("Approve…"), url_path="approve")
    def approve(self, request: HttpRequest, object_id: int) -> HttpResponse:
        application = self._waiting(request, object_id)
        inviter = application.inviter
        below = (
            _("below %(inviter)s") % {"inviter": inviter} if inviter else _("at the top of a tree")
        )
        return self._decide(
            request,
            application,
            form=NoteForm(request.POST or None),
            title=_("Approve %(name)s") % {"name": application.legal_name},
            explanation=_(
                "%(name)s becomes an agent of tier %(tier)s, %(below)s, with an empty wallet and an"
                " invite code, and sees prices and buys from then on. No money moves, and nobody"
                " earns anything by it."
            )
            % {"name": application.legal_name, "tier": application.tier, "below": below},
            verb=approve_application,
            done=_("%(name)s is an agent now.") % {"name": application.legal_name},
        )

    @action(description=_("Reject…"), url_path="reject")
    def reject(self, request: HttpRequest, object_id: int) -> HttpResponse:
        application = self._waiting(request, object_id)
        return self._decide(
            request,
            application,
            form=ReasonToAgentForm(request.POST or None),
            title=_("Reject %(name)s") % {"name": application.legal_name},
            explanation=_(
                "The applicant reads your reason and can send a corrected application. No money"
                " moves."
            ),
            verb=reject_application,
            done=_("The application is rejected."),
        )

    def _waiting(self, request: HttpRequest, object_id: int) -> Application:
        if not request.user.has_perm("kameng.change_application"):
            raise PermissionDenied
        return get_object_or_404(
            Application.objects.select_related("tier", "inviter"), pk=object_id
        )

    def _decide(
        self,
        request: HttpRequest,
        application: Application,
        *,
        form: Any,
        title: Any,
        explanation: Any,
        verb: Any,
        done: Any,
    ) -> HttpResponse:
        back = reverse("admin:kameng_application_change", args=[application.pk])
        if request.method == "POST" and form.is_valid():
            try:
                verb(
                    application=application,
                    actor=staff(request),
                    reason=form.cleaned_data["reason"],
                )
            except PersonError as refusal:
                form.add_error(
                    refusal.field if refusal.field in form.fields else None, str(refusal)
                )
            else:
                messages.success(request, done)
                return HttpResponseRedirect(reverse("admin:kameng_application_changelist"))
        return ask(
            request,
            site=self.admin_site,
            title=title,
            explanation=explanation,
            form=form,
            button=title,
            back=back,
        )
