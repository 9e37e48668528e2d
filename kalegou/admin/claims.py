"""The queue of claims after the sale: all evidence on one page, and the decision."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import uuid4

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.timesince import timesince, timeuntil
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminDecimalFieldWidget, UnfoldAdminSelectWidget
from unfold.widgets import UnfoldAdminTextareaWidget as Textarea

from kalegou.models import UNDECIDED_CLAIMS, Claim, ClaimStatus
from kalegou.queries.claim_evidence import evidence_of
from kalegou.service_promises import CLAIM_DECIDED_WITHIN
from kalegou.services.claims import (
    ask_about_claim,
    grant_refund,
    grant_replacement,
    refuse_claim,
)
from kalegou.services.revealing import reveal_to_staff
from orders.aftersale import costs_by_supplier
from orders.attempt_page import attempt_rows
from orders.services import claim_from_supplier, claimable, refundable, total_share
from orders.staff_page import summary_of
from suppliers.models import Supplier
from users.backoffice import Question, ReadOnly, ReasonForm, ask, decide, reason_field, staff
from users.errors import PersonError

_TONES = {
    ClaimStatus.OPEN: "warning",
    ClaimStatus.REPLACING: "info",
    ClaimStatus.REPLACED: "success",
    ClaimStatus.REFUNDED: "success",
    ClaimStatus.REFUSED: "danger",
    ClaimStatus.WITHDRAWN: "default",
}


class AnswerForm(forms.Form):
    text = forms.CharField(
        label=_("What the buyer is told"),
        max_length=500,
        widget=Textarea(attrs={"rows": 3}),
        help_text=_("The buyer reads exactly this."),
    )


class RefundForm(AnswerForm):
    field_order = ("amount", "text")
    amount = forms.DecimalField(
        label=_("Amount (¥)"),
        max_digits=20,
        decimal_places=2,
        min_value=Decimal("0.01"),
        widget=UnfoldAdminDecimalFieldWidget,
    )


class SupplierClaimForm(forms.Form):
    request_ref = forms.UUIDField(widget=forms.HiddenInput)
    supplier = forms.ModelChoiceField(
        label=_("Supplier"), queryset=Supplier.objects.none(), widget=UnfoldAdminSelectWidget
    )
    amount = forms.DecimalField(
        label=_("Amount (¥)"),
        max_digits=20,
        decimal_places=4,
        min_value=Decimal("0.0001"),
        widget=UnfoldAdminDecimalFieldWidget,
    )
    reason = reason_field(help_text=_("What the supplier is told; kept in the audit log."))


class UndecidedFilter(admin.SimpleListFilter):
    """The list opens on what waits for a decision."""

    title = _("status")
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("undecided", _("undecided")), *ClaimStatus.choices, ("all", _("all"))]

    def choices(self, changelist: Any) -> Any:
        for value, label in self.lookup_choices:
            yield {
                "selected": (self.value() or "undecided") == value,
                "query_string": changelist.get_query_string({self.parameter_name: value}),
                "display": label,
            }

    def queryset(self, request: HttpRequest, queryset: QuerySet[Claim]) -> QuerySet[Claim]:
        match self.value() or "undecided":
            case "all":
                return queryset
            case "undecided":
                return queryset.filter(status__in=UNDECIDED_CLAIMS)
            case status:
                return queryset.filter(status=status)


@admin.register(Claim)
class ClaimAdmin(ReadOnly, ModelAdmin):
    """Decided by replacing, refunding or refusing only; what was claimed stays as it was."""

    list_display = (
        "claim_no",
        "kind",
        "goods",
        "buyer",
        "quantity",
        "state",
        "refunded",
        "waiting",
        "decided_by",
    )
    list_filter = (UndecidedFilter, "kind", "created_at")
    list_select_related = ("order__buyer", "decided_by")
    search_fields = ("claim_no", "order__order_no", "order__buyer__username", "order__buyer__phone")
    show_full_result_count = False
    ordering = ("created_at",)
    list_per_page = 50
    change_form_before_template = "admin/kalegou/claim.html"
    actions_detail = ("replace", "refund", "refuse", "question", "codes", "from_supplier")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Everything is in the template."""
        return ()

    @display(description=_("status"), label=_TONES, ordering="status")
    def state(self, claim: Claim) -> tuple[str, str]:
        return claim.status, claim.get_status_display()

    @admin.display(description=_("goods"))
    def goods(self, claim: Claim) -> str:
        return f"{claim.order.product_name} {claim.order.sku_name}"

    @admin.display(description=_("buyer"))
    def buyer(self, claim: Claim) -> str:
        return str(claim.order.buyer or _("a guest"))

    @admin.display(description=_("to be decided"), ordering="created_at")
    def waiting(self, claim: Claim) -> str:
        if claim.status != ClaimStatus.OPEN:
            return timezone.localtime(claim.created_at).strftime("%m-%d %H:%M")
        due = claim.created_at + CLAIM_DECIDED_WITHIN
        if due < timezone.now():
            return str(_("⚠ late by %(time)s") % {"time": timesince(due, depth=1)})
        return str(_("within %(time)s") % {"time": timeuntil(due, depth=1)})

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """With the conversation, the order, its attempts and what else this buyer claimed."""
        claims = Claim.objects.select_related("order__buyer", "ticket", "decided_by")
        claim = claims.filter(pk=object_id).first()
        context = {**(extra_context or {})}
        if claim is not None:
            context |= {
                "claim": claim,
                "evidence": evidence_of(claim),
                "summary": summary_of(claim.order),
                "attempt_rows": attempt_rows(claim.order),
                "is_whole_order": False,
            }
        page: HttpResponse = super().change_view(request, object_id, form_url, context)
        return page

    @action(description=_("Replace…"), url_path="replace")
    def replace(self, request: HttpRequest, object_id: int) -> HttpResponse:
        claim = self._claim(request, object_id)
        return self._answer(
            request,
            claim,
            AnswerForm(request.POST or None),
            lambda form: grant_replacement(claim=claim, text=form["text"], actor=staff(request)),
            title=_("Replace what claim %(number)s is about"),
            explanation=_(
                "%(count)d is delivered once more at our cost, from stock or by a supplier; the"
                " claimed codes are written off. What can't be delivered is refunded by itself."
            )
            % {"count": claim.quantity},
            button=_("Replace"),
        )

    @action(description=_("Refund…"), url_path="refund")
    def refund(self, request: HttpRequest, object_id: int) -> HttpResponse:
        claim = self._claim(request, object_id)
        most = refundable(claim.order)
        share = min(total_share(claim.order, claim.quantity), most)
        return self._answer(
            request,
            claim,
            RefundForm(request.POST or None, initial={"amount": share}),
            lambda form: grant_refund(
                claim=claim, amount=form["amount"], text=form["text"], actor=staff(request)
            ),
            title=_("Refund claim %(number)s"),
            explanation=_(
                "The claimed part cost ¥%(share)s; at most ¥%(most)s can go back. It goes to where"
                " the buyer paid from, at once; points of it are taken back."
            )
            % {"share": f"{share:.2f}", "most": f"{most:.2f}"},
            button=_("Refund"),
        )

    @action(description=_("Refuse…"), url_path="refuse")
    def refuse(self, request: HttpRequest, object_id: int) -> HttpResponse:
        claim = self._claim(request, object_id)
        return self._answer(
            request,
            claim,
            AnswerForm(request.POST or None),
            lambda form: refuse_claim(claim=claim, text=form["text"], actor=staff(request)),
            title=_("Refuse claim %(number)s"),
            explanation=_("No money moves. The buyer reads your reason, and may claim again."),
            button=_("Refuse"),
        )

    @action(description=_("Ask the buyer…"), url_path="question")
    def question(self, request: HttpRequest, object_id: int) -> HttpResponse:
        claim = self._claim(request, object_id)
        return self._answer(
            request,
            claim,
            AnswerForm(request.POST or None),
            lambda form: ask_about_claim(claim=claim, text=form["text"], actor=staff(request)),
            title=_("Ask about claim %(number)s"),
            explanation=_("The claim stays open. The buyer can answer and send pictures."),
            button=_("Ask"),
        )

    @action(description=_("Show the codes…"), url_path="codes")
    def codes(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """To ask the supplier about them: with a reason, recorded, on one page only."""
        claim = self._claim(request, object_id)
        form = ReasonForm(request.POST or None)
        title = _("Codes of claim %(number)s") % {"number": claim.claim_no}
        back = self._back(claim)
        if request.method == "POST" and form.is_valid():
            cards = reveal_to_staff(
                order=claim.order,
                cards=[one.card_id for one in claim.cards.all()],
                actor=staff(request),
                reason=form.cleaned_data["reason"],
            )
            context = {
                **self.admin_site.each_context(request),
                "title": title,
                "cards": cards,
                "back": back,
            }
            response = render(request, "admin/kalegou/codes.html", context)
            response["Cache-Control"] = "no-store"
            return response
        return ask(
            request,
            site=self.admin_site,
            title=title,
            explanation=_(
                "The claimed codes are shown once, on the next page. That you looked at them, and"
                " why, is kept in the audit log."
            ),
            form=form,
            button=_("Show the codes"),
            back=back,
        )

    @action(description=_("Claim from the supplier…"), url_path="from-supplier")
    def from_supplier(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Record that we want the cost back; the answer is entered among the claims there."""
        if not request.user.has_perm("orders.add_supplierclaim"):
            raise PermissionDenied
        claim = self._claim(request, object_id)
        suppliers = Supplier.objects.filter(code__in=costs_by_supplier(claim.order))
        most = {one.name: claimable(claim.order, one) for one in suppliers}
        form = SupplierClaimForm(
            request.POST or None,
            initial={
                "request_ref": uuid4(),
                "supplier": suppliers.first(),
                "amount": max(most.values(), default=None),
                "reason": claim.claim_no,
            },
        )
        form.fields["supplier"].queryset = suppliers  # type: ignore[attr-defined]
        back = self._back(claim)
        if request.method == "POST" and form.is_valid():
            try:
                claim_from_supplier(
                    order=claim.order,
                    supplier=form.cleaned_data["supplier"],
                    amount=form.cleaned_data["amount"],
                    reason=form.cleaned_data["reason"],
                    actor=staff(request),
                    request_ref=str(form.cleaned_data["request_ref"]),
                )
            except PersonError as error:
                form.add_error(error.field if error.field in form.fields else None, str(error))
            else:
                messages.success(request, _("Recorded: enter the supplier's answer here."))
                return HttpResponseRedirect(reverse("admin:orders_supplierclaim_changelist"))
        return ask(
            request,
            site=self.admin_site,
            title=_("Claim the cost of order %(number)s back") % {"number": claim.order.order_no},
            explanation=_("Nothing is booked until the supplier grants it."),
            form=form,
            button=_("Record the claim"),
            back=back,
            notes=[f"{name}: ¥{amount:.4f}" for name, amount in most.items()],
        )

    def _claim(self, request: HttpRequest, object_id: int) -> Claim:
        if not request.user.has_perm("kalegou.change_claim"):
            raise PermissionDenied
        return get_object_or_404(Claim.objects.select_related("order"), pk=object_id)

    @staticmethod
    def _back(claim: Claim) -> str:
        return reverse("admin:kalegou_claim_change", args=[claim.pk])

    def _answer(
        self,
        request: HttpRequest,
        claim: Claim,
        form: forms.Form,
        verb: Any,
        *,
        title: Any,
        explanation: str | Promise,
        button: str | Promise,
    ) -> HttpResponse:
        order = claim.order
        question = Question(
            title=title % {"number": claim.claim_no},
            explanation=explanation,
            form=form,
            button=button,
            verb=lambda **said: verb(said),
            done=_("Done, and the buyer is told."),
            back=self._back(claim),
            notes=[
                f"{claim.get_kind_display()} · {order.product_name} {order.sku_name}"
                f" × {claim.quantity} · {order.target or order.order_no}",
            ],
        )
        return decide(request, self.admin_site, question)
