"""“What of money waits for us?”: counts, sums, ages; and the rules of money in and out."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminDecimalFieldWidget, UnfoldAdminIntegerFieldWidget

from kameng.models import FinanceDesk, FundsRules
from kameng.queries.finance import waiting_rows
from users import audit
from users.backoffice import ReadOnly, must_have, reason_field, staff


class RulesForm(forms.ModelForm):
    """Every figure, and why it is changed."""

    reason = reason_field()

    class Meta:
        model = FundsRules
        exclude = ("id",)
        widgets = {
            **dict.fromkeys(
                (
                    "deposit_four_eyes_above",
                    "withdrawal_four_eyes_above",
                    "withdrawal_min",
                    "withdrawal_daily_limit",
                    "fee_fixed",
                    "fee_percent",
                    "fee_min",
                    "fee_max",
                ),
                UnfoldAdminDecimalFieldWidget,
            ),
            "account_cooling_hours": UnfoldAdminIntegerFieldWidget,
        }


@admin.register(FundsRules)
class FundsRulesAdmin(ModelAdmin):
    """One row. A change holds from the next step on; what was asked for keeps its fee."""

    form = RulesForm
    fieldsets = (
        (_("Deposits by bank transfer"), {"fields": ("deposit_four_eyes_above",)}),
        (
            _("Withdrawals"),
            {
                "fields": (
                    ("withdrawal_min", "withdrawal_daily_limit"),
                    ("fee_fixed", "fee_percent"),
                    ("fee_min", "fee_max"),
                    ("withdrawal_four_eyes_above", "account_cooling_hours"),
                )
            },
        ),
        (None, {"fields": ("reason",)}),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        must_have(request, "kameng.view_fundsrules")
        FundsRules.objects.get_or_create(pk=1)
        return HttpResponseRedirect(reverse("admin:kameng_fundsrules_change", args=[1]))

    def save_model(self, request: HttpRequest, obj: FundsRules, form: Any, change: bool) -> None:
        before = FundsRules.objects.get(pk=obj.pk)
        super().save_model(request, obj, form, change)
        changed = [name for name in form.changed_data if name != "reason"]
        audit.record(
            actor=staff(request),
            action="change_funds_rules",
            target="funds-rules",
            reason=form.cleaned_data["reason"],
            **{name: f"{getattr(before, name)} → {getattr(obj, name)}" for name in changed},
        )


@admin.register(FinanceDesk)
class FinanceDeskAdmin(ReadOnly, ModelAdmin):
    """One page; the rows lead to the lists."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return any(
            request.user.has_perm(f"kameng.view_{model}")
            for model in ("offlinedeposit", "payoutaccount", "withdrawal")
        )

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_view_permission(request):
            must_have(request, "kameng.view_withdrawal")
        rows = [row for row in waiting_rows() if request.user.has_perm(row.permission)]
        context = {
            **self.admin_site.each_context(request),
            "title": _("What of money waits for us?"),
            "rows": rows,
            "is_calm": not any(row.count for row in rows),
        }
        return render(request, "admin/kameng/finance.html", context)
