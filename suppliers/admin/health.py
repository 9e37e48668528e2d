"""“Which supplier needs me now?”, and all about one supplier's health."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from unfold.admin import ModelAdmin
from unfold.widgets import (
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldBooleanSwitchWidget,
)

from suppliers import words
from suppliers.health.balances import read_balance
from suppliers.health.charts import charts_of
from suppliers.health.overview import overview, rows_of
from suppliers.health.pausing import MAX_HOLD_HOURS, resume, try_now
from suppliers.health.rules import rule_of, save_rules
from suppliers.models import (
    Alert,
    HealthRule,
    Supplier,
    SupplierHealth,
    SupplierPause,
)
from ui.formats import money
from users.backoffice import ReadOnly, ReasonForm, ask, reason_field, staff
from users.errors import PersonError
from users.models import User

SHOWN = 20


class ResumeForm(ReasonForm):
    hold_hours = forms.IntegerField(
        label=_("Don't pause it again for (hours)"),
        min_value=0,
        max_value=MAX_HOLD_HOURS,
        initial=1,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text=_("0: it is paused again as soon as new orders go wrong."),
    )


class RuleForm(forms.ModelForm):
    """The rules of one supplier, and why they are changed."""

    reason = reason_field()

    class Meta:
        model = HealthRule
        exclude = ("supplier", "hold_until")
        widgets = {
            "pauses_automatically": UnfoldBooleanSwitchWidget,
            "failure_share": UnfoldAdminDecimalFieldWidget,
            "unknown_share": UnfoldAdminDecimalFieldWidget,
            "low_balance": UnfoldAdminDecimalFieldWidget,
            **dict.fromkeys(
                (
                    "window_minutes",
                    "failure_count",
                    "unknown_count",
                    "silence_count",
                    "retry_minutes",
                    "trial_orders",
                    "low_hours",
                ),
                UnfoldAdminIntegerFieldWidget,
            ),
        }


@admin.register(SupplierHealth)
class SupplierHealthAdmin(ReadOnly, ModelAdmin):
    """Rows come from suppliers/health/overview.py. Who may see suppliers sees it; who may change
    them acts."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return bool(request.user.has_perm("suppliers.view_supplier"))

    def may_act(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("suppliers.change_supplier"))

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/resume/", view(self.resume), name="suppliers_health_resume"),
            path("<int:pk>/try/", view(self.try_now), name="suppliers_health_try"),
            path("<int:pk>/rules/", view(self.rules), name="suppliers_health_rules"),
            path(
                "<int:pk>/balance/",
                view(require_POST(self.read_balance)),
                name="suppliers_health_balance",
            ),
            *super().get_urls(),
        ]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        rows = overview()
        context = {
            **self.admin_site.each_context(request),
            "title": _("Which supplier needs me now?"),
            "rows": rows,
            "calm": not any(row.needs for row in rows),
        }
        return render(request, "admin/suppliers/health/list.html", context)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        supplier = self._supplier(object_id)
        (row,) = rows_of([supplier])
        alerts = Alert.objects.filter(supplier=supplier).select_related("offer__sku__product")
        pauses = SupplierPause.objects.filter(supplier=supplier).select_related("ended_by")
        context = {
            **self.admin_site.each_context(request),
            "title": supplier.name,
            "row": row,
            "charts": charts_of(supplier),
            "alerts": [(a, words.reason(a.cause, a.facts)) for a in alerts[:SHOWN]],
            "pauses": [(p, words.reason(p.cause, p.facts)) for p in pauses[:SHOWN]],
            "pause_means": words.meaning(row.pause.cause) if row.pause else "",
            "may_act": self.may_act(request),
        }
        return render(request, "admin/suppliers/health/detail.html", context)

    @staticmethod
    def _supplier(pk: object) -> Supplier:
        network = Supplier.objects.watched().select_related("stat")
        return get_object_or_404(network, pk=str(pk) if str(pk).isdecimal() else 0)

    def resume(self, request: HttpRequest, pk: int) -> HttpResponse:
        """A person ends the pause."""
        return self._ask(
            request,
            pk,
            form=ResumeForm(request.POST or None),
            title=_("Open %(supplier)s again"),
            explanation=_(
                "New orders go to this supplier again at once. What went wrong before now doesn't"
                " count any more. No money moves now; if it still fails, orders go to the next"
                " offer or are refunded, and unknown results wait."
            ),
            verb=resume,
            done=_("The supplier is open again."),
        )

    def try_now(self, request: HttpRequest, pk: int) -> HttpResponse:
        """A person starts the trial."""
        return self._ask(
            request,
            pk,
            form=ReasonForm(request.POST or None),
            title=_("Try %(supplier)s with a few orders"),
            explanation=_(
                "As many orders as its rules say go there now. All delivered: it is open again."
                " One fails: the pause goes on. A failed order goes to the next offer or is"
                " refunded."
            ),
            verb=try_now,
            done=_("The trial has begun: the next orders go there."),
        )

    def rules(self, request: HttpRequest, pk: int) -> HttpResponse:
        """When this supplier is paused and tried again, and when staff are told."""
        rule = rule_of(self._supplier(pk))
        form = RuleForm(request.POST or None, instance=rule)

        def save(*, supplier: Supplier, actor: User, **said: Any) -> None:
            changed = [name for name in form.changed_data if name != "reason"]
            save_rules(rule=form.instance, changed=changed, actor=actor, reason=said["reason"])

        return self._ask(
            request,
            pk,
            form=form,
            title=_("Rules for %(supplier)s"),
            explanation=_(
                "They hold from the next look on, a few seconds from now. No money moves; a pause"
                " that lasts goes on until its trial or until you end it."
            ),
            verb=save,
            done=_("The rules are saved."),
            button=_("Save the rules"),
        )

    def _ask(
        self,
        request: HttpRequest,
        pk: int,
        *,
        form: forms.Form | forms.ModelForm,
        title: Any,
        explanation: Any,
        verb: Any,
        done: Any,
        button: Any = "",
    ) -> HttpResponse:
        if not self.may_act(request):
            raise PermissionDenied
        supplier = self._supplier(pk)
        back = reverse("admin:suppliers_supplierhealth_change", args=[pk])
        if request.method == "POST" and form.is_valid():
            try:
                verb(supplier=supplier, actor=staff(request), **form.cleaned_data)
            except PersonError as refused:
                messages.error(request, str(refused))
            else:
                messages.success(request, done)
            return HttpResponseRedirect(back)
        return ask(
            request,
            site=self.admin_site,
            title=title % {"supplier": supplier.name},
            explanation=explanation,
            form=form,
            button=button or title % {"supplier": supplier.code},
            back=back,
        )

    def read_balance(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask the supplier now."""
        if not self.may_act(request):
            raise PermissionDenied
        supplier = self._supplier(pk)
        balance = read_balance(supplier_id=supplier.pk)
        if balance is None:
            messages.error(
                request,
                _("The supplier didn't tell its balance. The last known one is still shown."),
            )
        else:
            messages.success(
                request, _("The balance is %(balance)s.") % {"balance": money(balance)}
            )
        return HttpResponseRedirect(reverse("admin:suppliers_supplierhealth_change", args=[pk]))
