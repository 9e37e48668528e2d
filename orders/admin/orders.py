"""Staff's view of orders: timeline, attempts with their evidence, refunds with a reason."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import action
from unfold.widgets import UnfoldAdminDecimalFieldWidget, UnfoldAdminIntegerFieldWidget
from unfold.widgets import UnfoldAdminTextInputWidget as TextInput

from catalog.models import DeliveryKind
from orders.attempt_page import attempt_rows, verdict_rows
from orders.models import Order
from orders.services import mark_handled, refund_order
from orders.staff_page import summary_of
from users.backoffice import ReadOnly, ask, staff
from users.errors import PersonError


class HandledForm(forms.Form):
    reason = forms.CharField(label=_("What you found and did"), max_length=200, widget=TextInput)


class RefundForm(forms.Form):
    # One form, one refund: a double click or a reload sends the same reference.
    request_ref = forms.UUIDField(widget=forms.HiddenInput)
    amount = forms.DecimalField(
        label=_("Amount (¥)"),
        max_digits=20,
        decimal_places=2,
        min_value=0,
        widget=UnfoldAdminDecimalFieldWidget,
    )
    quantity = forms.IntegerField(
        label=_("Units taken back"), min_value=0, widget=UnfoldAdminIntegerFieldWidget
    )
    reason = forms.CharField(label=_("Reason"), max_length=200, widget=TextInput)


class KindFilter(admin.SimpleListFilter):
    """Those that there are; Django would look through all orders for those that were bought."""

    title = _("delivery")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(DeliveryKind.choices)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Order]) -> QuerySet[Order]:
        chosen = self.value()
        return queryset.filter(kind=chosen) if chosen in DeliveryKind.values else queryset


@admin.register(Order)
class OrderAdmin(ReadOnly, ModelAdmin):
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}
    list_display = (
        "order_no",
        "channel",
        "buyer",
        "product_name",
        "sku_name",
        "quantity",
        "total",
        "status",
        "refunded",
        "needs_attention",
        "created_at",
    )
    list_filter = ("needs_attention", "status", "channel", KindFilter, "created_at")
    list_select_related = ("buyer",)
    search_fields = ("order_no", "client_ref", "buyer__username", "buyer__phone")
    show_full_result_count = False
    fieldsets = (
        (
            _("As it was sold"),
            {
                "classes": ("collapse",),
                "fields": (
                    "sku",
                    "kind",
                    "face_value",
                    "unit_price",
                    "price_rule",
                    "cost",
                    "funding",
                    "paid_at",
                    "pay_before",
                    "callback_url",
                ),
            },
        ),
    )
    change_form_before_template = "admin/orders/attempts.html"
    actions_detail = ("refund", "handled")

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """With every attempt below: why each offer was chosen or not, and all that was said."""
        order = Order.objects.select_related("buyer").filter(pk=object_id).first()
        context = {
            "summary": summary_of(order) if order else None,
            "is_whole_order": True,
            "attempt_rows": attempt_rows(order) if order else [],
            "unrouted": verdict_rows(order.unrouted) if order else [],
            "may_decide": request.user.has_perm("orders.change_fulfilment"),
            **(extra_context or {}),
        }
        page: HttpResponse = super().change_view(request, object_id, form_url, context)
        return page

    @action(description=_("Refund…"), url_path="refund")
    def refund(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Ask for amount and reason, say what will happen, then do it once."""
        if not request.user.has_perm("orders.change_order"):
            raise PermissionDenied
        order = get_object_or_404(Order, pk=object_id)
        kept = order.total - order.refunded
        form = RefundForm(
            request.POST or None,
            initial={
                "request_ref": uuid4(),
                "amount": kept,
                "quantity": order.delivered_quantity,
            },
        )
        if request.method == "POST" and form.is_valid():
            try:
                refund_order(
                    order=order,
                    actor=staff(request),
                    amount=form.cleaned_data["amount"],
                    quantity=form.cleaned_data["quantity"],
                    reason=form.cleaned_data["reason"],
                    request_ref=str(form.cleaned_data["request_ref"]),
                )
            except PersonError as error:
                form.add_error(error.field, str(error))
            else:
                messages.success(request, _("The refund is booked."))
                return HttpResponseRedirect(reverse("admin:orders_order_change", args=[object_id]))
        return ask(
            request,
            site=self.admin_site,
            title=_("Refund order %(number)s") % {"number": order.order_no},
            explanation=_(
                "¥%(kept)s of this order is still kept. What you refund goes back to the buyer"
                " at once; commissions and points of it are taken back."
            )
            % {"kept": f"{kept:.2f}"},
            form=form,
            button=_("Refund"),
            back=reverse("admin:orders_order_change", args=[object_id]),
        )

    @action(description=_("Mark as handled…"), url_path="handled")
    def handled(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Take an order off the list of those that need a person, with the reason."""
        if not request.user.has_perm("orders.change_order"):
            raise PermissionDenied
        order = get_object_or_404(Order, pk=object_id)
        back = reverse("admin:orders_order_change", args=[object_id])
        form = HandledForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            mark_handled(order=order, actor=staff(request), reason=form.cleaned_data["reason"])
            messages.success(request, _("The order is off the list."))
            return HttpResponseRedirect(back)
        return ask(
            request,
            site=self.admin_site,
            title=_("Order %(number)s is handled") % {"number": order.order_no},
            explanation=_("No money moves. The order no longer shows among those to look at."),
            form=form,
            button=_("Mark as handled"),
            back=back,
        )
