"""Agents: the tree, their tier, what they have, whether they may buy."""

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

from kameng.admin import parts
from kameng.admin.forms import (
    CreditForm,
    ReasonToAgentForm,
)
from kameng.admin.moving import MoveActions
from kameng.limits import limits_of
from kameng.models import Agent, AgentStatus, Tier
from kameng.queries.diligence import diligence_of
from kameng.queries.history import history_of_agent
from kameng.services.agents import reinstate_agent, suspend_agent
from kameng.services.funds.credit import credit_line_of, set_credit_line
from orders.limit_admin import LIMIT_ACTIONS, LimitActions
from orders.limit_fields import GROUP_LIMIT_FIELDS
from orders.limits import Limits
from ui.formats import money
from users import audit
from users.backoffice import ReadOnly, ask, staff
from users.errors import PersonError

_TONES = {AgentStatus.ACTIVE: "success", AgentStatus.SUSPENDED: "danger"}


@admin.register(Tier)
class TierAdmin(ModelAdmin):
    """Rank 0 is the master tier. A tier with agents can't be deleted."""

    list_display = (
        "rank",
        "name",
        "name_en",
        "code",
        "single_limit",
        "daily_limit",
        "monthly_limit",
    )
    fieldsets = (
        (None, {"fields": (("name", "name_en"), ("code", "rank"))}),
        (
            _("Limits"),
            {
                "fields": GROUP_LIMIT_FIELDS,
                "description": _(
                    "In yuan, for each agent of the tier without limits of its own; empty: no"
                    " limit. A change holds from the next order on; what was ordered before counts."
                ),
            },
        ),
    )
    ordering = ("rank",)
    search_fields = ("name", "name_en", "code")

    def get_readonly_fields(self, request: HttpRequest, obj: Tier | None = None) -> tuple[str, ...]:
        return ("code",) if obj else ()  # orders keep it

    def save_model(self, request: HttpRequest, obj: Tier, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        audit.record(
            actor=staff(request),
            action="change_tier",
            target=f"tier:{obj.code}",
            changed=", ".join(form.changed_data),
            **{name: str(getattr(obj, name)) for row in GROUP_LIMIT_FIELDS for name in row},
        )


@admin.register(Agent)
class AgentAdmin(MoveActions, LimitActions, ReadOnly, ModelAdmin):
    """Nothing is typed over here: each change is an action with a reason, audited."""

    list_display = (
        "in_tree",
        "user",
        "tier",
        "balance",
        "state",
        "invite_code",
        "approved_at",
    )
    list_filter = ("status", "tier", ("verified_at", admin.EmptyFieldListFilter), "approved_at")
    show_full_result_count = False
    search_fields = ("name", "user__username", "user__phone", "invite_code")
    ordering = ("tree_id", "lft")
    fieldsets = (
        (None, {"fields": (("name", "user"), ("tier", "parent"), ("approved_at", "invite_code"))}),
        (_("State"), {"fields": (("status", "suspended_reason"), "balance")}),
        (_("Limits"), {"fields": ("verified_at", "limits_now")}),
        (_("Due diligence"), {"fields": ("legal_person", "papers")}),
        (_("History"), {"fields": ("decisions",)}),
    )
    readonly_fields = ("balance", "limits_now", "legal_person", "papers", "decisions")
    actions_detail = ("suspend", "reinstate", "retier", "credit", "move", *LIMIT_ACTIONS)

    def limits_of(self, buyer: Agent) -> Limits:
        return limits_of(buyer)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Agent]:
        agents: QuerySet[Agent] = super().get_queryset(request)
        # All of them here: Django leaves list_select_related out once something is selected.
        return agents.select_related("user", "tier", "wallet")

    @admin.display(description=_("agent"), ordering="lft")
    def in_tree(self, agent: Agent) -> str:
        return format_html("{}{}", "\u2003" * agent.level, agent.name)

    @admin.display(description=_("balance"), ordering="wallet__balance")
    def balance(self, agent: Agent) -> str:
        return money(agent.wallet.balance)

    @display(description=_("status"), label=_TONES, ordering="status")
    def state(self, agent: Agent) -> tuple[str, str]:
        return agent.status, agent.get_status_display()

    @admin.display(description=_("legal person"))
    def legal_person(self, agent: Agent) -> str:
        return parts.identity(diligence_of(agent))

    @admin.display(description=_("documents"))
    def papers(self, agent: Agent) -> str:
        record = diligence_of(agent)
        application = record.application if record else None
        return parts.papers(application.documents.all() if application else ())

    @admin.display(description=_("history"))
    def decisions(self, agent: Agent) -> str:
        return parts.history(history_of_agent(agent))

    @action(description=_("Suspend…"), url_path="suspend")
    def suspend(self, request: HttpRequest, object_id: int) -> HttpResponse:
        agent = self._agent(request, object_id)
        return self._act(
            request,
            agent,
            form=ReasonToAgentForm(request.POST or None),
            title=_("Suspend %(agent)s") % {"agent": agent},
            explanation=_(
                "Buying, the API and withdrawals stop at once. Orders under way are finished. The"
                " balance of %(balance)s is kept; commissions go on accruing and are paid out after"
                " reinstatement. The agents below go on as before."
            )
            % {"balance": money(agent.wallet.balance)},
            verb=suspend_agent,
            done=_("The agent is suspended."),
        )

    @action(description=_("Reinstate…"), url_path="reinstate")
    def reinstate(self, request: HttpRequest, object_id: int) -> HttpResponse:
        agent = self._agent(request, object_id)
        return self._act(
            request,
            agent,
            form=ReasonToAgentForm(request.POST or None),
            title=_("Reinstate %(agent)s") % {"agent": agent},
            explanation=_(
                "The agent can buy and use the API again at once. Commissions that are due are paid"
                " into its wallet within a minute."
            ),
            verb=reinstate_agent,
            done=_("The agent can buy again."),
        )

    @action(description=_("Credit line…"), url_path="credit")
    def credit(self, request: HttpRequest, object_id: int) -> HttpResponse:
        agent = self._agent(request, object_id)
        line = credit_line_of(agent)
        initial = {"amount": line.amount, "until_on": line.until_on} if line else {"amount": 0}
        return self._act(
            request,
            agent,
            form=CreditForm(request.POST or None, initial=initial),
            title=_("Credit line of %(agent)s") % {"agent": agent},
            explanation=_(
                "The balance, %(balance)s now, may go below zero by so much; no interest. When the"
                " line ends or shrinks while more is in use, nothing is lost: the agent can't buy"
                " until it has paid in what is missing."
            )
            % {"balance": money(agent.wallet.balance)},
            verb=set_credit_line,
            done=_("The credit line is set."),
        )

    def _agent(self, request: HttpRequest, object_id: int) -> Agent:
        if not request.user.has_perm("kameng.change_agent"):
            raise PermissionDenied
        agent: Agent = get_object_or_404(
            Agent.objects.select_related("tier", "wallet"), pk=object_id
        )
        return agent

    def _act(
        self,
        request: HttpRequest,
        agent: Agent,
        *,
        form: Any,
        title: Any,
        explanation: Any,
        verb: Any,
        done: Any,
    ) -> HttpResponse:
        back = reverse("admin:kameng_agent_change", args=[agent.pk])
        if request.method == "POST" and form.is_valid():
            try:
                verb(agent=agent, actor=staff(request), **form.cleaned_data)
            except PersonError as refusal:
                form.add_error(
                    refusal.field if refusal.field in form.fields else None, str(refusal)
                )
            else:
                messages.success(request, done)
                return HttpResponseRedirect(back)
        return ask(
            request,
            site=self.admin_site,
            title=title,
            explanation=explanation,
            form=form,
            button=title,
            back=back,
        )
