"""What we want back from suppliers, and what they answered."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminDecimalFieldWidget

from orders.models import SupplierClaim, SupplierClaimStatus
from orders.services import answer_supplier_claim
from users.backoffice import ReadOnly, ask, reason_field, staff
from users.errors import PersonError

_TONES = {
    SupplierClaimStatus.OPEN: "warning",
    SupplierClaimStatus.ACCEPTED: "success",
    SupplierClaimStatus.REFUSED: "danger",
}


class RefusedForm(forms.Form):
    answer = reason_field(
        label=_("What the supplier said"), help_text=_("Kept with the claim and in the audit log.")
    )


class GrantedForm(RefusedForm):
    field_order = ("granted", "answer")
    granted = forms.DecimalField(
        label=_("Granted (¥)"),
        max_digits=20,
        decimal_places=4,
        min_value=Decimal("0.0001"),
        widget=UnfoldAdminDecimalFieldWidget,
    )


@admin.register(SupplierClaim)
class SupplierClaimAdmin(ReadOnly, ModelAdmin):
    list_display = (
        "created_at",
        "supplier",
        "order",
        "amount",
        "state",
        "accepted_amount",
        "reason",
        "opened_by",
    )
    list_filter = ("status", "supplier", "created_at")
    list_select_related = ("supplier", "order", "opened_by")
    search_fields = ("order__order_no", "fulfilment__fulfilment_no", "reason")
    show_full_result_count = False
    actions_detail = ("granted", "refused")
    fields = (
        ("supplier", "order", "fulfilment"),
        ("amount", "accepted_amount", "status"),
        "reason",
        "answer",
        ("opened_by", "created_at"),
        ("decided_by", "decided_at"),
    )
    readonly_fields = ("created_at",)

    @display(description=_("status"), label=_TONES, ordering="status")
    def state(self, claim: SupplierClaim) -> tuple[str, str]:
        return claim.status, claim.get_status_display()

    @action(description=_("They granted it…"), url_path="granted")
    def granted(self, request: HttpRequest, object_id: int) -> HttpResponse:
        claim = self._claim(request, object_id)
        form = GrantedForm(request.POST or None, initial={"granted": claim.amount})
        return self._enter(
            request,
            claim,
            form,
            title=_("The supplier granted the claim"),
            explanation=_(
                "We owe this supplier so much less, and the goods have cost so much less."
            ),
        )

    @action(description=_("They refused it…"), url_path="refused")
    def refused(self, request: HttpRequest, object_id: int) -> HttpResponse:
        claim = self._claim(request, object_id)
        return self._enter(
            request,
            claim,
            RefusedForm(request.POST or None),
            title=_("The supplier refused the claim"),
            explanation=_("Nothing is booked: the cost stays ours."),
        )

    def _claim(self, request: HttpRequest, object_id: int) -> SupplierClaim:
        if not request.user.has_perm("orders.change_supplierclaim"):
            raise PermissionDenied
        return get_object_or_404(
            SupplierClaim.objects.select_related("supplier", "order"), pk=object_id
        )

    def _enter(
        self,
        request: HttpRequest,
        claim: SupplierClaim,
        form: forms.Form,
        *,
        title: Any,
        explanation: Any,
    ) -> HttpResponse:
        back = reverse("admin:orders_supplierclaim_change", args=[claim.pk])
        if request.method == "POST" and form.is_valid():
            try:
                answer_supplier_claim(
                    claim=claim,
                    granted=form.cleaned_data.get("granted"),
                    answer=form.cleaned_data["answer"],
                    actor=staff(request),
                )
            except PersonError as error:
                form.add_error("granted" if "granted" in form.fields else None, str(error))
            else:
                messages.success(request, _("The supplier's answer is booked."))
                return HttpResponseRedirect(back)
        return ask(
            request,
            site=self.admin_site,
            title=title,
            explanation=explanation,
            form=form,
            button=title,
            back=back,
            notes=[f"{claim.supplier} · {claim.order.order_no} · ¥{claim.amount:.4f}"],
        )
