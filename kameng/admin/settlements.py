"""Settlement batches, what each agent got, who is held back, and an agent's statement for staff."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, QuerySet, Sum
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminTextInputWidget

from kameng.models import Agent, Settlement, SettlementBatch, SettlementHold
from kameng.queries.commissions import commission_totals, month_totals
from kameng.services.settling import hold_settlements, release_settlements
from ui.exports import Cell, table_file
from ui.formats import money
from users.backoffice import ReadOnly, ReasonForm, ask, reason_field, staff
from users.errors import PersonError

HOLD = "kameng.change_settlementhold"


def statement_link(agent: Agent) -> str:
    return format_html(
        '<a class="text-primary-600" href="{}">{}</a>',
        reverse("admin:kameng_commission_statement", args=[agent.pk]),
        agent.name,
    )


@admin.register(SettlementBatch)
class SettlementBatchAdmin(ReadOnly, ModelAdmin):
    """One row a run: how many agents and commissions, how much, and whether it is finished."""

    list_display = (
        "id",
        "started_at",
        "finished_at",
        "until",
        "agents",
        "rows",
        "paid",
        "state",
        "open_settlements",
    )
    list_display_links = None
    list_filter = ("started_at",)
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[SettlementBatch]:
        batches: QuerySet[SettlementBatch] = super().get_queryset(request)
        return batches.annotate(
            agent_count=Count("settlements__agent", distinct=True),
            commission_count=Sum("settlements__row_count", default=0),
            paid_out=Sum("settlements__amount", default=0),
        )

    @admin.display(description=_("agents"))
    def agents(self, batch: Any) -> int:
        count: int = batch.agent_count
        return count

    @admin.display(description=_("commissions"))
    def rows(self, batch: Any) -> int:
        count: int = batch.commission_count
        return count

    @admin.display(description=_("paid out"))
    def paid(self, batch: Any) -> str:
        return money(batch.paid_out, 4)

    @display(description=_("state"), label={"open": "warning", "finished": "success"})
    def state(self, batch: SettlementBatch) -> tuple[str, Any]:
        if batch.finished_at is None:
            return "open", _("under way")
        return "finished", _("finished")

    @admin.display(description="")
    def open_settlements(self, batch: SettlementBatch) -> str:
        return format_html(
            '<a class="text-primary-600" href="{}?batch__id__exact={}">{}</a>',
            reverse("admin:kameng_settlement_changelist"),
            batch.pk,
            _("Settlements"),
        )


@admin.register(Settlement)
class SettlementAdmin(ReadOnly, ModelAdmin):
    """What one agent was paid in one batch, and the commissions behind it."""

    list_display = (
        "created_at",
        "agent_shown",
        "row_count",
        "earned_shown",
        "netted_shown",
        "amount_shown",
        "batch",
        "open_rows",
    )
    list_display_links = None
    list_filter = ("created_at",)
    list_select_related = ("agent", "batch")
    search_fields = ("agent__name", "agent__user__username", "reference")
    show_full_result_count = False
    actions = ("export_csv", "export_excel")

    def lookup_allowed(self, lookup: str, value: Any, request: Any = None) -> bool:
        return lookup in ("batch__id__exact", "agent__id__exact") or super().lookup_allowed(
            lookup, value, request
        )

    @admin.display(description=_("agent"))
    def agent_shown(self, row: Settlement) -> str:
        return statement_link(row.agent)

    @admin.display(description=_("earned"), ordering="earned")
    def earned_shown(self, row: Settlement) -> str:
        return money(row.earned, 4)

    @admin.display(description=_("netted"), ordering="netted")
    def netted_shown(self, row: Settlement) -> str:
        return money(-row.netted, 4) if row.netted else "—"

    @admin.display(description=_("paid out"), ordering="amount")
    def amount_shown(self, row: Settlement) -> str:
        return money(row.amount, 4)

    @admin.display(description="")
    def open_rows(self, row: Settlement) -> str:
        return format_html(
            '<a class="text-primary-600" href="{}?settlement_reference__exact={}">{}</a>',
            reverse("admin:kameng_commission_changelist"),
            row.reference,
            _("Commissions"),
        )

    @admin.action(description=_("Export as CSV"), permissions=["view"])
    def export_csv(self, request: HttpRequest, rows: QuerySet[Settlement]) -> HttpResponseBase:
        return _file(rows, "csv")

    @admin.action(description=_("Export as Excel"), permissions=["view"])
    def export_excel(self, request: HttpRequest, rows: QuerySet[Settlement]) -> HttpResponseBase:
        return _file(rows, "xlsx")


def _file(rows: QuerySet[Settlement], file_format: Any) -> HttpResponseBase:
    heading = [
        gettext("Time"),
        gettext("Agent"),
        gettext("Commissions"),
        gettext("Earned"),
        gettext("Netted"),
        gettext("Paid out"),
        gettext("Reference"),
    ]
    cells: Iterator[list[Cell]] = (
        [
            row.created_at,
            row.agent.name,
            row.row_count,
            row.earned,
            row.netted,
            row.amount,
            row.reference,
        ]
        for row in rows.select_related("agent").iterator(2000)
    )
    return table_file("settlements", heading, cells, file_format=file_format)


class HoldForm(forms.Form):
    agent = forms.CharField(
        label=_("Agent"), help_text=_("Its login name."), widget=UnfoldAdminTextInputWidget
    )
    reason = reason_field(help_text=_("The agent reads it, and it is kept in the audit log."))

    def clean_agent(self) -> Agent:
        found: Agent | None = Agent.objects.filter(
            user__username=self.cleaned_data["agent"].strip()
        ).first()
        if found is None:
            raise forms.ValidationError(_("There is no such agent."))
        return found


class OpenHold(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("open", _("held back")), ("over", _("released"))]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[SettlementHold]
    ) -> QuerySet[SettlementHold]:
        if self.value() in ("open", "over"):
            return queryset.filter(released_at__isnull=self.value() == "open")
        return queryset


@admin.register(SettlementHold)
class SettlementHoldAdmin(ReadOnly, ModelAdmin):
    """Agents whose commissions aren't paid out at present, why, and who said so."""

    list_display = (
        "agent",
        "state",
        "reason",
        "held_by",
        "held_at",
        "released_by",
        "released_at",
        "release_reason",
    )
    list_filter = (OpenHold, "held_at")
    list_select_related = ("agent", "held_by", "released_by")
    search_fields = ("agent__name", "agent__user__username", "reason")
    actions_list = ("hold",)
    actions_detail = ("release",)

    @display(description=_("state"), label={"held": "danger", "released": "success"})
    def state(self, hold: SettlementHold) -> tuple[str, Any]:
        if hold.released_at is None:
            return "held", pgettext_lazy("settlements", "held back")
        return "released", _("released")

    @action(description=_("Hold an agent's commissions back…"), url_path="hold", icon="block")
    def hold(self, request: HttpRequest) -> HttpResponse:
        _must_hold(request)
        form = HoldForm(request.POST or None, initial={"agent": request.GET.get("agent", "")})
        return _act(
            request,
            self.admin_site,
            form,
            verb=lambda: hold_settlements(actor=staff(request), **form.cleaned_data),
            title=_("Hold an agent's commissions back"),
            explanation=_(
                "They go on accruing, and nothing is paid into its wallet until you release them."
                " What was paid out stays where it is. The agent can go on buying."
            ),
            done=gettext("The agent's commissions are held back."),
        )

    @action(description=_("Release…"), url_path="release")
    def release(self, request: HttpRequest, object_id: int) -> HttpResponse:
        _must_hold(request)
        held = get_object_or_404(SettlementHold.objects.select_related("agent"), pk=object_id)
        form = ReasonForm(request.POST or None)
        return _act(
            request,
            self.admin_site,
            form,
            verb=lambda: release_settlements(
                agent=held.agent, actor=staff(request), **form.cleaned_data
            ),
            title=_("Release the commissions of %(agent)s") % {"agent": held.agent},
            explanation=_("What has become due is paid into its wallet with the next batch."),
            done=gettext("The agent's commissions are paid out again."),
        )


def _must_hold(request: HttpRequest) -> None:
    if not request.user.has_perm(HOLD):
        raise PermissionDenied


def _act(
    request: HttpRequest,
    site: Any,
    form: forms.Form,
    *,
    verb: Any,
    title: Any,
    explanation: Any,
    done: str,
) -> HttpResponse:
    back = reverse("admin:kameng_settlementhold_changelist")
    if request.method == "POST" and form.is_valid():
        try:
            verb()
        except PersonError as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        else:
            messages.success(request, done)
            return HttpResponseRedirect(back)
    return ask(
        request,
        site=site,
        title=title,
        explanation=explanation,
        form=form,
        button=title,
        back=back,
    )


def statement_page(request: HttpRequest, agent_id: int) -> HttpResponse:
    """One agent's commissions as the agent sees them, with what staff can do about them."""
    if not request.user.has_perm("kameng.view_commission"):
        raise PermissionDenied
    agent = get_object_or_404(Agent.objects.select_related("user", "tier"), pk=agent_id)
    context = {
        **admin.site.each_context(request),
        "title": _("Commissions of %(agent)s") % {"agent": agent.name},
        "agent": agent,
        "totals": commission_totals(agent),
        "months": month_totals(agent),
        "hold": SettlementHold.objects.filter(agent=agent, released_at=None).first(),
        "settlements": Settlement.objects.filter(agent=agent).order_by("-pk")[:20],
        "can_hold": request.user.has_perm(HOLD),
    }
    return render(request, "admin/kameng/commission_statement.html", context)


def statement_urls(wrap: Any) -> list[URLPattern]:
    return [
        path("statement/<int:agent_id>/", wrap(statement_page), name="kameng_commission_statement")
    ]
