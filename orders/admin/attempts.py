"""Staff's view of attempts: the list that needs a person, all evidence, and the decision."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminTextareaWidget

from orders.attempt_page import attempt_rows
from orders.models import Fulfilment
from orders.services import ask_again, decide
from orders.staff_page import summary_of, where_the_money_is
from suppliers.outcomes import DeliveredCard
from users.backoffice import ReadOnly, ask, reason_field, staff
from users.errors import PersonError

MOST_CARDS = 10_000


class DecisionForm(forms.Form):
    reason = reason_field(
        label=_("How you know"), help_text=_("Kept in the audit log and among the evidence.")
    )


class CardsForm(DecisionForm):
    cards = forms.CharField(
        label=_("Codes"),
        strip=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 6, "autocomplete": "off"}),
        help_text=_("One a line: number,secret — or the secret alone. Missing ones are refunded."),
    )

    def clean_cards(self) -> list[DeliveredCard]:
        """The lines as codes; the message never quotes them."""
        lines = [line.strip() for line in self.cleaned_data["cards"].splitlines() if line.strip()]
        if len(lines) > MOST_CARDS:
            raise forms.ValidationError(_("These are too many lines."))
        cards = []
        for place, line in enumerate(lines, start=1):
            number, comma, secret = line.partition(",")
            if not comma:
                number, secret = "", number
            if not secret.strip():
                raise forms.ValidationError(
                    _("Line %(line)d has no secret."), params={"line": place}
                )
            cards.append(DeliveredCard(number.strip(), secret.strip()))
        return cards


class NeedsFilter(admin.SimpleListFilter):
    title = _("to look at")
    parameter_name = "needs"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("decision", _("a person decides")), ("late", _("late success"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        match self.value():
            case "decision":
                return queryset.filter(needs_decision=True)
            case "late":
                return queryset.filter(late_success_at__isnull=False)
        return queryset


@admin.register(Fulfilment)
class FulfilmentAdmin(ReadOnly, ModelAdmin):
    list_display = (
        "fulfilment_no",
        "order",
        "supplier",
        "status",
        "quantity",
        "needs_decision",
        "late_success_at",
        "query_count",
        "submitted_at",
        "finished_at",
    )
    list_filter = (NeedsFilter, "status", "supplier", "submitted_at")
    list_select_related = ("order", "supplier")
    search_fields = ("fulfilment_no", "order__order_no", "supplier_order_no")
    show_full_result_count = False
    change_form_before_template = "admin/orders/attempts.html"

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        attempts = Fulfilment.objects.select_related("order__buyer")
        attempt = attempts.filter(pk=object_id).first()
        rows = attempt_rows(attempt.order, only=attempt.pk) if attempt else []
        context = {
            "summary": summary_of(attempt.order) if attempt else None,
            "attempt_rows": rows,
            "may_decide": request.user.has_perm("orders.change_fulfilment"),
            **(extra_context or {}),
        }
        page: HttpResponse = super().change_view(request, object_id, form_url, context)
        return page

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Everything is in the template: an attempt has no fields to fill in."""
        return ()

    def get_urls(self) -> list[URLPattern]:
        def at(name: str, view: Callable[..., HttpResponse]) -> URLPattern:
            page = self.admin_site.admin_view(view)
            found: URLPattern = path(
                f"<int:object_id>/{name}/", page, name=f"orders_fulfilment_{name}"
            )
            return found

        return [
            at("delivered", self.delivered),
            at("failed", self.failed),
            at("ask", self.ask_supplier),
            *super().get_urls(),
        ]

    def delivered(self, request: HttpRequest, object_id: int) -> HttpResponse:
        return self._decide(
            request,
            object_id,
            was_delivered=True,
            title=_("%(number)s was delivered"),
            explanation=_(
                "The units of this attempt are completed and the buyer pays for them. Ask the"
                " supplier first: a wrong “delivered” keeps the buyer's money."
            ),
        )

    def failed(self, request: HttpRequest, object_id: int) -> HttpResponse:
        return self._decide(
            request,
            object_id,
            was_delivered=False,
            title=_("%(number)s failed"),
            explanation=_(
                "The next offer delivers instead, or the buyer gets the money back at once. Ask the"
                " supplier first: a wrong “failed” can deliver twice at our cost."
            ),
        )

    def ask_supplier(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Have a worker ask once more; its answer shows on the attempt's page."""
        attempt = self._attempt(request, object_id)
        form = DecisionForm(request.POST or None)
        form.fields["reason"].label = _("Reason")
        if request.method == "POST" and form.is_valid():
            ask_again(fulfilment=attempt, reason=form.cleaned_data["reason"], actor=staff(request))
            messages.success(request, _("The supplier is asked; reload to see the answer."))
            return HttpResponseRedirect(self._back(attempt))
        return self._page(
            request,
            attempt,
            form,
            title=_("Ask about %(number)s again"),
            explanation=_("A worker asks the supplier now. No money moves unless it answers."),
        )

    def _decide(
        self,
        request: HttpRequest,
        object_id: int,
        *,
        was_delivered: bool,
        title: str | Promise,
        explanation: str | Promise,
    ) -> HttpResponse:
        attempt = self._attempt(request, object_id)
        needs_cards = was_delivered and attempt.order.kind == "card"
        form = (CardsForm if needs_cards else DecisionForm)(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                decide(
                    fulfilment=attempt,
                    was_delivered=was_delivered,
                    reason=form.cleaned_data["reason"],
                    actor=staff(request),
                    cards=form.cleaned_data.get("cards", ()),
                )
            except PersonError as refused:
                form.add_error(
                    refused.field if refused.field in form.fields else None, str(refused)
                )
            else:
                messages.success(request, _("The decision is booked."))
                return HttpResponseRedirect(self._back(attempt))
        return self._page(request, attempt, form, title=title, explanation=explanation)

    def _attempt(self, request: HttpRequest, object_id: int) -> Fulfilment:
        if not request.user.has_perm("orders.change_fulfilment"):
            raise PermissionDenied
        attempts = Fulfilment.objects.select_related("order", "supplier")
        return get_object_or_404(attempts.exclude(supplier__adapter="stock"), pk=object_id)

    @staticmethod
    def _back(attempt: Fulfilment) -> str:
        return reverse("admin:orders_fulfilment_change", args=[attempt.pk])

    def _page(
        self,
        request: HttpRequest,
        attempt: Fulfilment,
        form: forms.Form,
        *,
        title: Any,
        explanation: str | Promise,
    ) -> HttpResponse:
        shown = title % {"number": attempt.fulfilment_no}
        return ask(
            request,
            site=self.admin_site,
            title=shown,
            explanation=explanation,
            form=form,
            button=shown,
            back=self._back(attempt),
            notes=_about(attempt),
        )


def _about(attempt: Fulfilment) -> list[str]:
    """Whose order this is, and whose money: so that nobody decides about another one."""
    order = attempt.order
    account = " · ".join(order.account.values())
    goods = f"{order.product_name} {order.sku_name} × {attempt.quantity}"
    return [
        " · ".join(filter(None, (attempt.supplier.name, goods, account))),
        where_the_money_is(order),
    ]
