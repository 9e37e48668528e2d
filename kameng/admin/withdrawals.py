"""Withdrawals of agents: what waits to be approved or paid, and each one with what backs it."""

from __future__ import annotations

from functools import partial
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextInputWidget

from kameng.admin.forms import NoteForm, ReasonToAgentForm
from kameng.admin.waiting import WaitingFilter
from kameng.models import Withdrawal, WithdrawalStatus
from kameng.models.withdrawals import OPEN_WITHDRAWALS
from kameng.queries.diligence import diligence_of
from kameng.services.funds import withdrawals as services
from kameng.services.funds.moving import WITHDRAWAL_MOVES
from kameng.services.funds.payout_accounts import reveal_number
from ui.formats import money
from users.backoffice import Question, ReadOnly, decide, must_have, staff

CHANGE = "kameng.change_withdrawal"
_TONES = {
    WithdrawalStatus.REQUESTED: "warning",
    WithdrawalStatus.CHECKED: "warning",
    WithdrawalStatus.APPROVED: "warning",
    WithdrawalStatus.PAID: "success",
    WithdrawalStatus.REFUSED: "danger",
    WithdrawalStatus.FAILED: "danger",
    WithdrawalStatus.RETURNED: "danger",
}
# For staff: the agent's words say "your".
STAFF_LABELS = {
    WithdrawalStatus.REQUESTED: _("to approve"),
    WithdrawalStatus.CHECKED: _("second person"),
    WithdrawalStatus.APPROVED: _("to pay"),
    WithdrawalStatus.PAID: _("paid"),
    WithdrawalStatus.REFUSED: _("refused"),
    WithdrawalStatus.CANCELLED: _("cancelled by the agent"),
    WithdrawalStatus.FAILED: _("couldn't be paid"),
    WithdrawalStatus.RETURNED: _("came back from the bank"),
}


class PaidForm(forms.Form):
    bank_txn_no = forms.CharField(
        label=_("The bank's number of the payment"),
        max_length=64,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("From our bank, once it has sent the money. A number is booked once."),
    )


class WaitingWithdrawals(WaitingFilter):
    labels = STAFF_LABELS
    waiting = OPEN_WITHDRAWALS


@admin.register(Withdrawal)
class WithdrawalAdmin(ReadOnly, ModelAdmin):
    """Decided on the page of one withdrawal only."""

    list_display = ("withdrawal_no", "agent", "total", "pays", "account", "state", "created_at")
    list_filter = (WaitingWithdrawals, "created_at")
    list_select_related = ("agent", "account")
    search_fields = ("withdrawal_no", "bank_txn_no", "agent__name", "agent__user__username")
    ordering = ("created_at", "id")
    show_full_result_count = False

    @admin.display(description=_("amount"), ordering="amount")
    def total(self, withdrawal: Withdrawal) -> str:
        return money(withdrawal.amount)

    @admin.display(description=_("to pay out"))
    def pays(self, withdrawal: Withdrawal) -> str:
        return money(withdrawal.net)

    @display(description=_("status"), label=_TONES, ordering="status")
    def state(self, withdrawal: Withdrawal) -> tuple[str, Any]:
        return withdrawal.status, STAFF_LABELS[WithdrawalStatus(withdrawal.status)]

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        pages = {
            "approve": self.approve,
            "again": self.approve_again,
            "pay": self.pay,
            "refuse": self.refuse,
            "fail": self.fail,
            "return": self.returned,
            "number": require_POST(self.number),
        }
        return [
            *(
                path(f"<int:pk>/{name}/", view(page), name=f"kameng_withdrawal_{name}")
                for name, page in pages.items()
            ),
            *super().get_urls(),
        ]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """What is asked and by whom, where it goes, and what staff can do now."""
        must_have(request, "kameng.view_withdrawal")
        withdrawal = get_object_or_404(_WITH_ALL, pk=object_id)
        return self._page(request, withdrawal)

    def _page(self, request: HttpRequest, withdrawal: Withdrawal, number: str = "") -> HttpResponse:
        moves = WITHDRAWAL_MOVES[WithdrawalStatus(withdrawal.status)]
        is_checked = withdrawal.status == WithdrawalStatus.CHECKED
        earlier = Withdrawal.objects.filter(agent=withdrawal.agent).exclude(pk=withdrawal.pk)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.model._meta,
            "title": withdrawal.withdrawal_no,
            "withdrawal": withdrawal,
            "state": STAFF_LABELS[WithdrawalStatus(withdrawal.status)],
            "person": diligence_of(withdrawal.agent),
            "number": number,
            "events": [
                (event, STAFF_LABELS[WithdrawalStatus(event.status)])
                for event in withdrawal.events.select_related("actor")
            ],
            "earlier": [
                (one, STAFF_LABELS[WithdrawalStatus(one.status)])
                for one in earlier.order_by("-pk")[:5]
            ],
            "papers": list(withdrawal.account.papers.all()),
            "may_act": request.user.has_perm(CHANGE),
            "is_checked": is_checked,
            "is_mine": is_checked and withdrawal.first_by_id == request.user.pk,
            "can_approve": WithdrawalStatus.APPROVED in moves and not is_checked,
            "can_refuse": WithdrawalStatus.REFUSED in moves,
            "can_pay": WithdrawalStatus.PAID in moves,
            "can_return": WithdrawalStatus.RETURNED in moves,
        }
        return render(request, "admin/kameng/withdrawal.html", context)

    def number(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The whole account number, for this one answer; the look is in the audit log."""
        withdrawal = self._withdrawal(request, pk)
        shown = reveal_number(account=withdrawal.account, actor=staff(request))
        answer = self._page(request, withdrawal, " ".join(_groups(shown)))
        answer["Cache-Control"] = "no-store, private"
        return answer

    def approve(self, request: HttpRequest, pk: int) -> HttpResponse:
        withdrawal = self._withdrawal(request, pk)
        return self._ask(
            request,
            withdrawal,
            form=NoteForm(request.POST or None),
            title=_("Approve %(number)s") % {"number": withdrawal},
            explanation=_(
                "%(net)s may be paid to %(account)s of %(holder)s; the fee of %(fee)s stays with"
                " us. Above the amount in the rules a second person approves as well."
            )
            % {
                "net": money(withdrawal.net),
                "account": withdrawal.account,
                "holder": withdrawal.account.holder,
                "fee": money(withdrawal.fee),
            },
            verb=lambda reason: services.approve_withdrawal(
                withdrawal=withdrawal, actor=staff(request), note=reason
            ),
            done=_("Approved."),
        )

    def approve_again(self, request: HttpRequest, pk: int) -> HttpResponse:
        withdrawal = self._withdrawal(request, pk)
        return self._ask(
            request,
            withdrawal,
            form=NoteForm(request.POST or None),
            title=_("Approve %(number)s as the second person") % {"number": withdrawal},
            explanation=_("%(person)s approved it first. After you, %(net)s may be paid.")
            % {"person": withdrawal.first_by, "net": money(withdrawal.net)},
            verb=lambda reason: services.approve_again(
                withdrawal=withdrawal, actor=staff(request), note=reason
            ),
            done=_("Approved."),
        )

    def pay(self, request: HttpRequest, pk: int) -> HttpResponse:
        withdrawal = self._withdrawal(request, pk)
        return self._ask(
            request,
            withdrawal,
            form=PaidForm(request.POST or None),
            title=_("%(number)s is paid") % {"number": withdrawal},
            explanation=_(
                "Our bank sent %(net)s to %(account)s. It is booked out of our bank account, and"
                " %(fee)s as fee income."
            )
            % {
                "net": money(withdrawal.net),
                "account": withdrawal.account,
                "fee": money(withdrawal.fee),
            },
            verb=partial(services.pay_withdrawal, withdrawal=withdrawal, actor=staff(request)),
            done=_("Booked as paid."),
        )

    def refuse(self, request: HttpRequest, pk: int) -> HttpResponse:
        withdrawal = self._withdrawal(request, pk)
        return self._back(
            request,
            withdrawal,
            title=_("Refuse %(number)s") % {"number": withdrawal},
            verb=services.refuse_withdrawal,
        )

    def fail(self, request: HttpRequest, pk: int) -> HttpResponse:
        withdrawal = self._withdrawal(request, pk)
        return self._back(
            request,
            withdrawal,
            title=_("%(number)s couldn't be paid") % {"number": withdrawal},
            verb=services.fail_withdrawal,
        )

    def returned(self, request: HttpRequest, pk: int) -> HttpResponse:
        withdrawal = self._withdrawal(request, pk)
        return self._back(
            request,
            withdrawal,
            title=_("%(number)s came back from the bank") % {"number": withdrawal},
            verb=services.return_withdrawal,
        )

    def _back(
        self, request: HttpRequest, withdrawal: Withdrawal, *, title: Any, verb: Any
    ) -> HttpResponse:
        return self._ask(
            request,
            withdrawal,
            form=ReasonToAgentForm(request.POST or None),
            title=title,
            explanation=_(
                "%(amount)s, the fee included, goes back into the wallet of %(agent)s at once."
            )
            % {"amount": money(withdrawal.amount), "agent": withdrawal.agent},
            verb=partial(verb, withdrawal=withdrawal, actor=staff(request)),
            done=_("The money is back in the wallet."),
        )

    def _withdrawal(self, request: HttpRequest, pk: int) -> Withdrawal:
        must_have(request, CHANGE)
        return get_object_or_404(_WITH_ALL, pk=pk)

    def _ask(self, request: HttpRequest, withdrawal: Withdrawal, **question: Any) -> HttpResponse:
        back = reverse("admin:kameng_withdrawal_change", args=[withdrawal.pk])
        asked = Question(button=question["title"], back=back, **question)
        return decide(request, self.admin_site, asked)


_WITH_ALL: QuerySet[Withdrawal] = Withdrawal.objects.select_related(
    "agent__user", "agent__wallet", "account__checked_by", "first_by", "approved_by"
)


def _groups(number: str) -> list[str]:
    return [number[start : start + 4] for start in range(0, len(number), 4)]
