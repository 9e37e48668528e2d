"""Deposit that agents hand down: the rules, every transfer, and taking one back."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import action, display

from kameng.models import DepositTransfer, TransferRules, TransferStatus
from kameng.services.transfers import reverse_transfer, set_transfer_rules
from ui.formats import money
from users.backoffice import ReadOnly, ReasonForm, ask, staff
from users.errors import PersonError

_TONES = {TransferStatus.DONE: "success", TransferStatus.REVERSED: "warning"}


@admin.register(TransferRules)
class TransferRulesAdmin(ModelAdmin):
    """One row: the list leads to it."""

    fieldsets = (
        (
            None,
            {
                "fields": ("is_open", "levels", ("minimum", "single_limit", "daily_limit")),
                "description": _(
                    "In yuan. A change holds from the next transfer on; what was handed on today"
                    " counts. Money goes down the agent tree only, never from a credit line."
                ),
            },
        ),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        TransferRules.objects.get_or_create(pk=1)
        return HttpResponseRedirect(reverse("admin:kameng_transferrules_change", args=[1]))

    def save_model(self, request: HttpRequest, obj: TransferRules, form: Any, change: bool) -> None:
        set_transfer_rules(rules=obj, actor=staff(request), changed=", ".join(form.changed_data))


@admin.register(DepositTransfer)
class DepositTransferAdmin(ReadOnly, ModelAdmin):
    """Who handed what to whom. The only change is taking one back, with a reason."""

    list_display = (
        "transfer_no",
        "created_at",
        "sender",
        "receiver",
        "levels_below",
        "shown_amount",
        "state",
        "note",
    )
    list_filter = ("status", "created_at", "levels_below")
    list_select_related = ("sender", "receiver")
    search_fields = (
        "transfer_no",
        "sender__name",
        "receiver__name",
        "sender__user__phone",
        "receiver__user__phone",
    )
    show_full_result_count = False
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("transfer_no", "created_at"),
                    ("sender", "receiver"),
                    ("shown_amount", "levels_below"),
                    "note",
                    "entry",
                )
            },
        ),
        (_("State"), {"fields": ("status", ("reversed_at", "reversed_by"), "reversal_reason")}),
    )
    readonly_fields = ("shown_amount",)
    actions_detail = ("reverse",)

    @admin.display(description=_("amount"), ordering="amount")
    def shown_amount(self, transfer: DepositTransfer) -> str:
        return money(transfer.amount)

    @display(description=_("status"), label=_TONES, ordering="status")
    def state(self, transfer: DepositTransfer) -> tuple[str, str]:
        return transfer.status, transfer.get_status_display()

    @action(description=_("Take back…"), url_path="reverse")
    def reverse(self, request: HttpRequest, object_id: int) -> HttpResponse:
        if not request.user.has_perm("kameng.change_deposittransfer"):
            raise PermissionDenied
        found = DepositTransfer.objects.select_related("sender", "receiver")
        transfer = get_object_or_404(found, pk=object_id)
        form = ReasonForm(request.POST or None)
        back = reverse("admin:kameng_deposittransfer_change", args=[transfer.pk])
        if request.method == "POST" and form.is_valid():
            try:
                reverse_transfer(transfer=transfer, actor=staff(request), **form.cleaned_data)
            except PersonError as refusal:
                form.add_error(refusal.field, str(refusal))
            else:
                messages.success(request, _("The money is with the sender again."))
                return HttpResponseRedirect(back)
        return ask(
            request,
            site=self.admin_site,
            title=_("Take transfer %(number)s back") % {"number": transfer.transfer_no},
            explanation=_(
                "%(amount)s goes back from %(receiver)s to %(sender)s at once, all of it. It must"
                " still be there: what was spent isn't taken from a credit line. Both see it in"
                " their statements, with your reason."
            )
            % {
                "amount": money(transfer.amount),
                "receiver": transfer.receiver,
                "sender": transfer.sender,
            },
            form=form,
            button=_("Take it back"),
            back=back,
        )
