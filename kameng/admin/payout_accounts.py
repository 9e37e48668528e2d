"""Bank accounts of agents: whose are they? Checked by what was sent, the legal person beside."""

from __future__ import annotations

from functools import partial
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import action, display

from kameng.admin.forms import ReasonToAgentForm
from kameng.admin.waiting import WaitingFilter
from kameng.models import AccountStatus, PayoutAccount
from kameng.queries.diligence import diligence_of
from kameng.services.funds import payout_accounts as services
from users.backoffice import Question, ReadOnly, ReasonForm, decide, must_have, reason_field, staff

CHANGE = "kameng.change_payoutaccount"
_TONES = {
    AccountStatus.PENDING: "warning",
    AccountStatus.VERIFIED: "success",
    AccountStatus.REFUSED: "danger",
}


class SeenForm(forms.Form):
    note = reason_field(
        label=_("What shows that it is theirs"),
        help_text=_("For example: photo of the card, called the branch. Kept in the audit log."),
    )


class WaitingAccounts(WaitingFilter):
    labels = dict(AccountStatus.choices)
    waiting = (AccountStatus.PENDING,)


@admin.register(PayoutAccount)
class PayoutAccountAdmin(ReadOnly, ModelAdmin):
    """The number is sealed: staff see it on the page of a withdrawal, and the look is recorded."""

    list_display = ("account", "holder", "agent", "state", "usable_from", "created_at")
    list_filter = (WaitingAccounts, "bank")
    list_select_related = ("agent",)
    search_fields = ("holder", "number_tail", "agent__name", "agent__user__username")
    ordering = ("created_at",)
    show_full_result_count = False
    fieldsets = (
        (None, {"fields": (("agent", "status"), ("holder", "legal_person"))}),
        (_("Bank account"), {"fields": (("bank", "branch"), "number_tail", "evidence")}),
        (
            _("Check"),
            {"fields": (("checked_by", "verified_at"), ("usable_from", "created_at"), "reason")},
        ),
    )
    readonly_fields = ("legal_person", "evidence")
    actions_detail = ("verify", "refuse", "remove")

    @admin.display(description=_("bank account"))
    def account(self, account: PayoutAccount) -> str:
        return str(account)

    @display(description=_("status"), label=_TONES, ordering="status")
    def state(self, account: PayoutAccount) -> tuple[str, str]:
        return account.status, account.get_status_display()

    @admin.display(description=_("legal person of the agent"))
    def legal_person(self, account: PayoutAccount) -> str:
        person = diligence_of(account.agent)
        if person is None:
            return "—"
        return f"{person.legal_name} ({_('valid until')} {person.valid_until})"

    @admin.display(description=_("evidence"))
    def evidence(self, account: PayoutAccount) -> SafeString | str:
        shown = [
            format_html(
                '<a class="block mb-3 text-primary-600" href="{}" target="_blank" rel="noopener">'
                "{}</a>",
                address,
                format_html('<img class="max-w-lg border" src="{}" alt="">', address)
                if paper.is_picture
                else _("Look at the document"),
            )
            for paper in account.papers.all()
            if (address := reverse("kameng:account_paper", args=[paper.pk]))
        ]
        return format_html_join("", "{}", ((one,) for one in shown)) if shown else "—"

    @action(description=_("Verify…"), url_path="verify")
    def verify(self, request: HttpRequest, object_id: int) -> HttpResponse:
        account = self._account(request, object_id)
        return self._ask(
            request,
            account,
            form=SeenForm(request.POST or None),
            title=_("Verify %(account)s") % {"account": account},
            explanation=_(
                "It belongs to %(holder)s, the legal person of %(agent)s. Withdrawals can go there,"
                " at once for a first account, else after the waiting time of the rules."
            )
            % {"holder": account.holder, "agent": account.agent},
            verb=partial(services.verify_account, account=account, actor=staff(request)),
            done=_("The account is verified."),
        )

    @action(description=_("Refuse…"), url_path="refuse")
    def refuse(self, request: HttpRequest, object_id: int) -> HttpResponse:
        account = self._account(request, object_id)
        return self._ask(
            request,
            account,
            form=ReasonToAgentForm(request.POST or None),
            title=_("Refuse %(account)s") % {"account": account},
            explanation=_("No money can go there; the agent may send it again. No money moves."),
            verb=partial(services.refuse_account, account=account, actor=staff(request)),
            done=_("Refused."),
        )

    @action(description=_("Remove…"), url_path="remove")
    def remove(self, request: HttpRequest, object_id: int) -> HttpResponse:
        account = self._account(request, object_id)
        return self._ask(
            request,
            account,
            form=ReasonForm(request.POST or None),
            title=_("Remove %(account)s") % {"account": account},
            explanation=_("No money goes there any more. No money moves."),
            verb=partial(services.remove_account, account=account, actor=staff(request)),
            done=_("Removed."),
        )

    def _account(self, request: HttpRequest, pk: int) -> PayoutAccount:
        must_have(request, CHANGE)
        return get_object_or_404(PayoutAccount.objects.select_related("agent__user"), pk=pk)

    def _ask(self, request: HttpRequest, account: PayoutAccount, **question: Any) -> HttpResponse:
        back = reverse("admin:kameng_payoutaccount_change", args=[account.pk])
        asked = Question(button=question["title"], back=back, **question)
        return decide(request, self.admin_site, asked)
