"""The queue of applications and newer papers: who waits, since when, what speaks against it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.timesince import timesince
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import action, display

from kameng.admin import parts
from kameng.admin.forms import ApprovalForm, RejectionForm
from kameng.admin.moving import rule_warnings
from kameng.admin.revealing import RevealNumber
from kameng.identity import mark_of, tidy
from kameng.models import Application, ApplicationStatus
from kameng.queries.duplicates import duplicates_of, with_duplicates
from kameng.queries.history import history_of_application
from kameng.services.applications import approve_application, reject_application
from kameng.services.diligence import latest_valid_until
from kameng.services.previewing import if_joined
from users.backoffice import ReadOnly, ask, staff
from users.errors import PersonError

_TONES = {
    ApplicationStatus.PENDING: "warning",
    ApplicationStatus.APPROVED: "success",
    ApplicationStatus.REJECTED: "danger",
    ApplicationStatus.WITHDRAWN: "default",
}
_LONG_WAIT = timedelta(hours=24)


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


class PurposeFilter(admin.SimpleListFilter):
    title = _("purpose")
    parameter_name = "purpose"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("join", _("to become an agent")), ("renew", _("newer papers"))]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[Application]
    ) -> QuerySet[Application]:
        if self.value() in ("join", "renew"):
            return queryset.filter(renews__isnull=self.value() == "join")
        return queryset


@admin.register(Application)
class ApplicationAdmin(RevealNumber, ReadOnly, ModelAdmin):
    """Decided by approving or rejecting only; what was sent stays as it was sent."""

    list_display = (
        "legal_name",
        "purpose",
        "legal_kind",
        "user",
        "inviter",
        "tier",
        "warning",
        "state",
        "waiting",
    )
    list_filter = (WaitingFilter, PurposeFilter, "legal_kind", "tier")
    list_select_related = ("user", "inviter", "tier")
    search_fields = ("legal_name", "contact_phone", "user__username")
    search_help_text = _("Name, phone, user name, or a whole ID or licence number")
    ordering = ("created_at",)
    fieldsets = (
        (None, {"fields": (("user", "inviter", "tier"), ("purpose", "status", "waiting"))}),
        (
            _("Legal person"),
            {
                "fields": (
                    ("legal_kind", "legal_name"),
                    ("masked_legal_id", "contact_phone"),
                    ("legal_until", "invite_link"),
                    "proof",
                    "found_elsewhere",
                )
            },
        ),
        (_("Decision"), {"fields": (("decided_by", "decided_at"), "decision_reason", "decisions")}),
    )
    readonly_fields = ("purpose", "waiting", "proof", "found_elsewhere", "decisions")
    actions_detail = ("approve", "reject", "reveal")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Application]:
        return with_duplicates(super().get_queryset(request))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Application], search_term: str
    ) -> tuple[QuerySet[Application], bool]:
        """A whole number is found by its fingerprint; parts of one are in no index, on purpose."""
        number = tidy(search_term)
        if len(number) >= 15:
            return queryset.filter(legal_id_mark=mark_of(number)), False
        found: tuple[QuerySet[Application], bool] = super().get_search_results(
            request, queryset, search_term
        )
        return found

    @display(description=_("status"), label=_TONES, ordering="status")
    def state(self, application: Application) -> tuple[str, str]:
        return application.status, application.get_status_display()

    @admin.display(description=_("purpose"))
    def purpose(self, application: Application) -> str:
        return str(_("newer papers") if application.renews_id else _("to become an agent"))

    @display(description=_("elsewhere"), label={"yes": "danger"})
    def warning(self, application: Application) -> Any:
        if getattr(application, "has_duplicates", False):
            return "yes", _("found elsewhere")
        return "—"

    @display(description=_("waiting"), ordering="created_at")
    def waiting(self, application: Application) -> str:
        sent = timezone.localtime(application.created_at).strftime("%m-%d %H:%M")
        if not application.is_pending:
            return sent
        age = timezone.now() - application.created_at
        mark = " ⚠" if age > _LONG_WAIT else ""
        return f"{timesince(application.created_at, depth=1)}{mark} · {sent}"

    @admin.display(description=_("documents"))
    def proof(self, application: Application) -> str:
        return parts.papers(application.documents.all())

    @admin.display(description=_("found elsewhere"))
    def found_elsewhere(self, application: Application) -> str:
        return parts.duplicates(duplicates_of(application))

    @admin.display(description=_("history"))
    def decisions(self, application: Application) -> str:
        return parts.history(history_of_application(application))

    @action(description=_("Approve…"), url_path="approve")
    def approve(self, request: HttpRequest, object_id: int) -> HttpResponse:
        application = self._waiting(request, object_id)
        name = application.legal_name
        title: Any
        done: Any
        explanation: Any
        if application.renews_id:
            title, done = _("Accept the newer papers of %(name)s"), _("The papers are accepted.")
            explanation = _(
                "They take the place of the earlier ones. The agent's full limits hold, and it can"
                " withdraw money, until the day below."
            )
        else:
            title, done = _("Approve %(name)s"), _("%(name)s is an agent now.") % {"name": name}
            explanation = _(
                "%(name)s becomes an agent of tier %(tier)s, %(below)s, with an empty wallet and an"
                " invite code, and sees prices and buys from then on. No money moves, and nobody"
                " earns anything by it."
            ) % {"name": name, "tier": application.tier, "below": _place(application)}
        latest = latest_valid_until(application.legal_until)
        return self._decide(
            request,
            application,
            form=ApprovalForm(request.POST or None, initial={"valid_until": latest}),
            title=title % {"name": name},
            explanation=explanation,
            verb=approve_application,
            done=done,
            notes=[
                *(f"{d.what}: {d.name} ({d.state})" for d in duplicates_of(application)),
                *_price_warnings(application),
            ],
        )

    @action(description=_("Reject…"), url_path="reject")
    def reject(self, request: HttpRequest, object_id: int) -> HttpResponse:
        application = self._waiting(request, object_id)
        return self._decide(
            request,
            application,
            form=RejectionForm(list(application.documents.all()), request.POST or None),
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
            Application.objects.select_related("tier", "inviter", "renews"), pk=object_id
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
        notes: Any = (),
    ) -> HttpResponse:
        back = reverse("admin:kameng_application_change", args=[application.pk])
        if request.method == "POST" and form.is_valid():
            try:
                verb(application=application, actor=staff(request), **form.cleaned_data)
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
            notes=notes,
        )


def _price_warnings(application: Application) -> list[str]:
    """What the new agent's prices would break; nothing when it can't join as asked anyway."""
    if application.renews_id:
        return []
    try:
        problems = if_joined(
            user=application.user,
            upline=application.inviter,
            tier=application.tier,
            name=application.legal_name,
        )
    except PersonError:
        return []  # said when it is approved
    return rule_warnings(problems)


def _place(application: Application) -> str:
    if application.inviter is None:
        return str(_("at the top of a tree"))
    return str(_("below %(inviter)s") % {"inviter": application.inviter})
