"""Staff's view of orders: timeline, attempts with their evidence, refunds with a reason."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline
from unfold.decorators import action
from unfold.widgets import UnfoldAdminDecimalFieldWidget, UnfoldAdminIntegerFieldWidget
from unfold.widgets import UnfoldAdminTextInputWidget as TextInput

from orders.models import (
    UNDECIDED,
    Fulfilment,
    FulfilmentEvent,
    Order,
    OrderEvent,
    Refund,
)
from orders.services import apply_outcome, mark_handled, refund_order
from suppliers.outcomes import Outcome, OutcomeKind
from users import audit
from users.backoffice import ReadOnly, ask, staff
from users.errors import PersonError


class EventInline(ReadOnly, TabularInline):
    model = OrderEvent
    extra = 0
    fields = ("at", "status", "code", "details")
    readonly_fields = ("at",)


class FulfilmentInline(ReadOnly, TabularInline):
    model = Fulfilment
    extra = 0
    show_change_link = True
    fields = ("fulfilment_no", "supplier", "status", "quantity", "cost", "message", "submitted_at")


class RefundInline(ReadOnly, TabularInline):
    model = Refund
    extra = 0
    fields = ("amount", "quantity", "destination", "reason", "created_at", "confirmed_at")
    readonly_fields = ("created_at",)


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
    list_filter = ("needs_attention", "status", "channel", "kind", "created_at")
    list_select_related = ("buyer",)
    search_fields = ("order_no", "client_ref", "buyer__username", "buyer__phone")
    show_full_result_count = False
    inlines = (EventInline, FulfilmentInline, RefundInline)
    actions_detail = ("refund", "handled")

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


class EvidenceInline(ReadOnly, TabularInline):
    model = FulfilmentEvent
    extra = 0
    fields = ("at", "source", "outcome", "code", "message")
    readonly_fields = ("at",)


class DecisionForm(forms.Form):
    decision = forms.ChoiceField(
        label=_("What really happened"),
        choices=[
            (OutcomeKind.DELIVERED.value, _("It was delivered: complete the order")),
            (
                OutcomeKind.REJECTED.value,
                _("It was not delivered: try the next supplier or refund the buyer"),
            ),
        ],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(label=_("How you know"), max_length=200, widget=TextInput)


@admin.register(Fulfilment)
class FulfilmentAdmin(ReadOnly, ModelAdmin):
    list_display = (
        "fulfilment_no",
        "order",
        "supplier",
        "status",
        "needs_decision",
        "late_success_at",
        "query_count",
        "submitted_at",
        "finished_at",
    )
    list_filter = ("needs_decision", "status", "supplier", "submitted_at")
    list_select_related = ("order", "supplier")
    search_fields = ("fulfilment_no", "order__order_no", "supplier_order_no")
    show_full_result_count = False
    inlines = (EvidenceInline,)

    def get_urls(self) -> list[URLPattern]:
        decide = self.admin_site.admin_view(self.decide)
        return [
            path("<int:object_id>/decide/", decide, name="orders_fulfilment_decide"),
            *super().get_urls(),
        ]

    actions_detail = ("open_decision",)

    @action(description=_("Decide…"), url_path="open-decision")
    def open_decision(self, request: HttpRequest, object_id: int) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:orders_fulfilment_decide", args=[object_id]))

    def decide(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """A person says what became of an undecided fulfilment; the same door as a supplier's."""
        if not request.user.has_perm("orders.change_fulfilment"):
            raise PermissionDenied
        fulfilment = get_object_or_404(
            Fulfilment.objects.select_related("order", "supplier"), pk=object_id
        )
        back = reverse("admin:orders_fulfilment_change", args=[object_id])
        if fulfilment.status not in UNDECIDED:
            messages.error(request, _("This attempt is decided already."))
            return HttpResponseRedirect(back)
        form = DecisionForm(request.POST or None)
        if fulfilment.order.kind == "card":  # nobody can type in codes that never came
            del form.fields["decision"].choices[0]  # type: ignore[attr-defined]
        if request.method == "POST" and form.is_valid():
            self._apply(request, fulfilment, form.cleaned_data)
            messages.success(request, _("The decision is booked."))
            return HttpResponseRedirect(back)
        return ask(
            request,
            site=self.admin_site,
            title=_("Decide about %(number)s") % {"number": fulfilment.fulfilment_no},
            explanation=_(
                "Ask the supplier first. A wrong “not delivered” can deliver twice;"
                " a wrong “delivered” keeps the buyer's money."
            ),
            form=form,
            button=_("Book this decision"),
            back=back,
        )

    @staticmethod
    def _apply(request: HttpRequest, fulfilment: Fulfilment, said: dict[str, Any]) -> None:
        audit.record(
            actor=staff(request),
            action="decide_fulfilment",
            target=f"order:{fulfilment.order.order_no}",
            reason=said["reason"],
            decision=said["decision"],
        )
        apply_outcome(
            fulfilment_id=fulfilment.pk,
            outcome=Outcome(OutcomeKind(said["decision"]), message=said["reason"]),
            source="staff",
        )
