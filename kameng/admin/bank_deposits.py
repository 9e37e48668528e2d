"""Bank transfers of agents: what waits to be found on our statement, with the proof beside it."""

from __future__ import annotations

from functools import partial
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.widgets import UnfoldAdminDecimalFieldWidget, UnfoldAdminTextInputWidget

from kameng.admin.forms import NoteForm, ReasonToAgentForm
from kameng.admin.waiting import WaitingFilter
from kameng.models import BankDetails, DepositStatus, OfflineDeposit
from kameng.models.bank_deposits import WAITING_DEPOSITS
from kameng.queries.diligence import diligence_of
from kameng.services.funds import bank_deposits as services
from kameng.services.funds.moving import DEPOSIT_MOVES
from ui.formats import money
from users import audit
from users.backoffice import Question, ReadOnly, ReasonForm, decide, must_have, staff

CHANGE = "kameng.change_offlinedeposit"
_TONES = {
    DepositStatus.ANNOUNCED: "info",
    DepositStatus.SUBMITTED: "warning",
    DepositStatus.CORRECTION: "info",
    DepositStatus.CHECKED: "warning",
    DepositStatus.CONFIRMED: "success",
    DepositStatus.REFUSED: "danger",
    DepositStatus.REVERSED: "danger",
}
# For staff: the agent's words say "your".
STAFF_LABELS = {
    DepositStatus.ANNOUNCED: _("announced"),
    DepositStatus.SUBMITTED: _("to be found"),
    DepositStatus.CORRECTION: _("agent corrects"),
    DepositStatus.CHECKED: _("second person"),
    DepositStatus.CONFIRMED: _("booked"),
    DepositStatus.REFUSED: _("refused"),
    DepositStatus.CANCELLED: _("cancelled by the agent"),
    DepositStatus.REVERSED: _("taken back"),
}


class FoundForm(NoteForm):
    """What our statement says."""

    field_order = ("received_amount", "bank_txn_no", "reason")
    received_amount = forms.DecimalField(
        label=_("Amount that arrived (¥)"), max_digits=12, widget=UnfoldAdminDecimalFieldWidget
    )
    bank_txn_no = forms.CharField(
        label=_("The bank's number of the transfer"),
        max_length=64,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("From our statement. A number is booked once."),
    )


class WaitingDeposits(WaitingFilter):
    labels = STAFF_LABELS
    waiting = WAITING_DEPOSITS


@admin.register(BankDetails)
class BankDetailsAdmin(ModelAdmin):
    """Our own accounts, as agents see them. One with transfers is switched off, not deleted."""

    list_display = ("bank", "branch", "account_name", "account_number", "is_open", "position")
    ordering = ("position", "id")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        may = bool(super().has_delete_permission(request, obj))
        return may and not (obj and obj.deposits.exists())

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Agents have been told this number: a new one is a new row."""
        return ("account_number",) if obj and obj.deposits.exists() else ()

    def save_model(self, request: HttpRequest, obj: BankDetails, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        audit.record(
            actor=staff(request),
            action="change_bank_details",
            target=f"bank:{obj.pk}",
            changed=", ".join(form.changed_data),
            account=f"{obj.bank} {obj.account_number}",
            is_open=int(obj.is_open),
        )


@admin.register(OfflineDeposit)
class OfflineDepositAdmin(ReadOnly, ModelAdmin):
    """Decided on the page of one transfer only: there the proof is."""

    list_display = (
        "deposit_no",
        "agent",
        "declared",
        "payer_name",
        "paid_on",
        "reference",
        "bank",
        "state",
        "submitted_at",
    )
    list_filter = (WaitingDeposits, "bank", "paid_on")
    list_select_related = ("agent", "bank")
    search_fields = (
        "deposit_no",
        "reference",
        "bank_txn_no",
        "payer_name",
        "agent__name",
        "agent__user__username",
    )
    ordering = ("submitted_at", "id")
    show_full_result_count = False

    @admin.display(description=_("amount declared"), ordering="amount")
    def declared(self, deposit: OfflineDeposit) -> str:
        return money(deposit.amount)

    @display(description=_("status"), label=_TONES, ordering="status")
    def state(self, deposit: OfflineDeposit) -> tuple[str, Any]:
        return deposit.status, STAFF_LABELS[DepositStatus(deposit.status)]

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        pages = {
            "confirm": self.confirm,
            "again": self.confirm_again,
            "send-back": self.send_back,
            "correction": self.correction,
            "refuse": self.refuse,
            "take-back": self.take_back,
        }
        return [
            *(
                path(f"<int:pk>/{name}/", view(page), name=f"kameng_deposit_{name}")
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
        """The claim on the left, the proofs beside it, and what staff can do now."""
        must_have(request, "kameng.view_offlinedeposit")
        found = OfflineDeposit.objects.select_related(
            "agent__user", "agent__tier", "bank", "first_by", "confirmed_by"
        )
        deposit = get_object_or_404(found, pk=object_id)
        person = diligence_of(deposit.agent)
        moves = DEPOSIT_MOVES[DepositStatus(deposit.status)]
        is_checked = deposit.status == DepositStatus.CHECKED
        context = {
            **self.admin_site.each_context(request),
            "opts": self.model._meta,
            "title": deposit.deposit_no,
            "deposit": deposit,
            "state": STAFF_LABELS[DepositStatus(deposit.status)],
            "person": person,
            "is_other_payer": bool(
                person and deposit.payer_name and deposit.payer_name != person.legal_name
            ),
            "proofs": list(deposit.proofs.all()),
            "events": [
                (event, STAFF_LABELS[DepositStatus(event.status)])
                for event in deposit.events.select_related("actor")
            ],
            "alike": list(
                OfflineDeposit.objects.filter(agent=deposit.agent, amount=deposit.amount)
                .exclude(pk=deposit.pk)
                .order_by("-pk")[:5]
            ),
            "may_act": request.user.has_perm(CHANGE),
            "is_checked": is_checked,
            "is_mine": is_checked and deposit.first_by_id == request.user.pk,
            "can_confirm": DepositStatus.CONFIRMED in moves and not is_checked,
            "can_correct": DepositStatus.CORRECTION in moves,
            "can_refuse": DepositStatus.REFUSED in moves,
            "can_take_back": DepositStatus.REVERSED in moves,
        }
        return render(request, "admin/kameng/bank_deposit.html", context)

    def confirm(self, request: HttpRequest, pk: int) -> HttpResponse:
        deposit = self._deposit(request, pk)
        form = FoundForm(request.POST or None, initial={"received_amount": f"{deposit.amount:.2f}"})

        def verb(received_amount: Any, bank_txn_no: str, reason: str) -> None:
            services.confirm_deposit(
                deposit=deposit,
                actor=staff(request),
                received_amount=received_amount,
                bank_txn_no=bank_txn_no,
                note=reason,
            )

        return self._ask(
            request,
            deposit,
            form=form,
            title=_("Confirm %(number)s") % {"number": deposit},
            explanation=_(
                "What arrived at our bank goes into the wallet of %(agent)s at once, or, above the"
                " amount in the rules, once a second person has confirmed it. Declared: %(amount)s,"
                " reference %(reference)s."
            )
            % {
                "agent": deposit.agent,
                "amount": money(deposit.amount),
                "reference": deposit.reference,
            },
            verb=verb,
            done=_("Confirmed."),
        )

    def confirm_again(self, request: HttpRequest, pk: int) -> HttpResponse:
        deposit = self._deposit(request, pk)
        return self._ask(
            request,
            deposit,
            form=NoteForm(request.POST or None),
            title=_("Confirm %(number)s as the second person") % {"number": deposit},
            explanation=_(
                "%(person)s found %(amount)s under the bank's number %(txn)s. Look at our statement"
                " yourself: the amount goes into the wallet of %(agent)s at once."
            )
            % {
                "person": deposit.first_by,
                "amount": money(deposit.received_amount),
                "txn": deposit.bank_txn_no,
                "agent": deposit.agent,
            },
            verb=lambda reason: services.confirm_again(
                deposit=deposit, actor=staff(request), note=reason
            ),
            done=_("Booked."),
        )

    def send_back(self, request: HttpRequest, pk: int) -> HttpResponse:
        deposit = self._deposit(request, pk)
        return self._ask(
            request,
            deposit,
            form=ReasonForm(request.POST or None),
            title=_("Look for %(number)s anew") % {"number": deposit},
            explanation=_("What the first person found is dropped. Nothing is booked."),
            verb=partial(services.send_back, deposit=deposit, actor=staff(request)),
            done=_("It is looked for anew."),
        )

    def correction(self, request: HttpRequest, pk: int) -> HttpResponse:
        deposit = self._deposit(request, pk)
        return self._ask(
            request,
            deposit,
            form=ReasonToAgentForm(request.POST or None),
            title=_("Ask %(agent)s to correct %(number)s")
            % {"agent": deposit.agent, "number": deposit},
            explanation=_("The agent is told what to correct, and declares again. No money moves."),
            verb=partial(services.ask_for_correction, deposit=deposit, actor=staff(request)),
            done=_("The agent was asked."),
        )

    def refuse(self, request: HttpRequest, pk: int) -> HttpResponse:
        deposit = self._deposit(request, pk)
        return self._ask(
            request,
            deposit,
            form=ReasonToAgentForm(request.POST or None),
            title=_("Refuse %(number)s") % {"number": deposit},
            explanation=_(
                "Nothing is booked, and the agent reads your reason. Only if the money didn't come:"
                " this can't be taken back."
            ),
            verb=partial(services.refuse_deposit, deposit=deposit, actor=staff(request)),
            done=_("Refused."),
        )

    def take_back(self, request: HttpRequest, pk: int) -> HttpResponse:
        deposit = self._deposit(request, pk)
        return self._ask(
            request,
            deposit,
            form=ReasonToAgentForm(request.POST or None),
            title=_("Take %(number)s back") % {"number": deposit},
            explanation=_(
                "%(amount)s leaves the wallet of %(agent)s by a reversing entry; the balance is"
                " %(balance)s now. The bank's number can be booked again."
            )
            % {
                "amount": money(deposit.received_amount),
                "agent": deposit.agent,
                "balance": money(deposit.agent.wallet.balance),
            },
            verb=partial(services.take_deposit_back, deposit=deposit, actor=staff(request)),
            done=_("Taken back."),
        )

    def _deposit(self, request: HttpRequest, pk: int) -> OfflineDeposit:
        must_have(request, CHANGE)
        found = OfflineDeposit.objects.select_related("agent__wallet", "bank", "first_by")
        return get_object_or_404(found, pk=pk)

    def _ask(self, request: HttpRequest, deposit: OfflineDeposit, **question: Any) -> HttpResponse:
        back = reverse("admin:kameng_offlinedeposit_change", args=[deposit.pk])
        asked = Question(button=question["title"], back=back, **question)
        return decide(request, self.admin_site, asked)
