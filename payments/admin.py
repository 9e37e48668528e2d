"""Staff's view of payments: what was asked, what arrived, what goes back, what is stuck."""

from __future__ import annotations

from collections.abc import Callable

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, StackedInline, TabularInline
from unfold.decorators import action

from payments.errors import RefundSettled
from payments.forms import PaidByHandForm
from payments.models import (
    Payment,
    PaymentRefund,
    PaymentRefundStatus,
    Receipt,
    RefundHandling,
)
from payments.purposes import purpose
from payments.services import book_paid_by_hand, put_refund_in_wallet, send_refund_again
from ui.formats import money
from users.backoffice import ReadOnly, ReasonForm, ask, staff
from users.errors import PersonError

HANDLE = "payments.change_paymentrefund"


class ReceiptInline(ReadOnly, TabularInline):
    model = Receipt
    extra = 0
    fields = ("trade_no", "amount", "is_accepted", "received_at")


@admin.register(Payment)
class PaymentAdmin(ReadOnly, ModelAdmin):
    list_display = (
        "payment_no",
        "purpose",
        "purpose_ref",
        "payer",
        "gateway",
        "amount",
        "status",
        "created_at",
        "settled_at",
    )
    list_filter = ("status", "gateway", "purpose", "created_at")
    list_select_related = ("payer",)
    search_fields = ("payment_no", "purpose_ref", "payer__username", "receipts__trade_no")
    inlines = (ReceiptInline,)


class HandlingInline(ReadOnly, StackedInline):
    model = RefundHandling
    fk_name = "refund"
    extra = 0
    fields = ("kind", "reason", "actor", "successor", "paid_on", "bank_reference", "created_at")
    readonly_fields = ("created_at",)


@admin.register(PaymentRefund)
class PaymentRefundAdmin(ReadOnly, ModelAdmin):
    """Refunds through gateways. "Needs a person": the gateway refused, the payer waits."""

    list_display = (
        "refund_no",
        "receipt",
        "amount",
        "reason",
        "status",
        "attempt_count",
        "last_message",
        "created_at",
        "confirmed_at",
        "is_paid_twice",
    )
    list_filter = ("status", "is_paid_twice", "reason", "created_at")
    list_select_related = ("receipt",)
    search_fields = ("refund_no", "receipt__trade_no", "receipt__payment__purpose_ref")
    fields = (
        "refund_no",
        "receipt",
        "paid_for",
        "amount",
        "reason",
        "status",
        "last_message",
        ("attempt_count", "created_at", "confirmed_at"),
        "original",
        ("late_done_at", "is_paid_twice"),
    )
    readonly_fields = ("paid_for", "created_at")
    inlines = (HandlingInline,)
    actions_detail = ("send_again", "paid_by_hand", "to_wallet")

    @admin.display(description=_("paid for"))
    def paid_for(self, refund: PaymentRefund) -> str:
        payment = refund.receipt.payment
        return f"{payment.purpose} {payment.purpose_ref} · {payment.payment_no}"

    def has_handle_permission(self, request: HttpRequest, object_id: str = "0") -> bool:
        """The refund's page offers what can be done; a second click is told that it is done."""
        if not request.user.has_perm(HANDLE):
            return False
        waits = PaymentRefund.objects.filter(pk=object_id, status=PaymentRefundStatus.FAILED)
        return not request.path.endswith("/change/") or waits.exists()

    def has_wallet_permission(self, request: HttpRequest, object_id: str = "0") -> bool:
        if not self.has_handle_permission(request, object_id):
            return False
        refund = PaymentRefund.objects.select_related("receipt__payment").get(pk=object_id)
        payment = refund.receipt.payment
        return purpose(payment.purpose).payer_wallet(payment) is not None

    @action(
        description=_("Send again…"), url_path="send-again", permissions=["handle"], icon="send"
    )
    def send_again(self, request: HttpRequest, object_id: int) -> HttpResponse:
        return self._settle(
            request,
            object_id,
            form=ReasonForm(request.POST or None),
            title=_("Send refund %(number)s again"),
            explanation=_(
                "The gateway refused this refund for good. It is asked once more, under a new"
                " number. No money moves until it confirms; the buyer's page says that it is on"
                " its way. Do this when the cause is mended, for example the merchant account had"
                " too little money."
            ),
            button=_("Send again"),
            verb=lambda refund, said: send_refund_again(
                refund=refund, actor=staff(request), reason=said["reason"]
            ),
            done=_("The refund is on its way under a new number."),
        )

    @action(
        description=_("Paid by hand…"),
        url_path="paid-by-hand",
        permissions=["handle"],
        icon="account_balance",
    )
    def paid_by_hand(self, request: HttpRequest, object_id: int) -> HttpResponse:
        return self._settle(
            request,
            object_id,
            form=PaidByHandForm(request.POST or None, initial={"paid_on": timezone.localdate()}),
            title=_("Book refund %(number)s as paid by hand"),
            explanation=_(
                "Make the bank transfer to the payer first. This books it: the money leaves our"
                " bank account in the books, and the buyer's page says when it was paid. It can't"
                " be taken back here."
            ),
            button=_("Book the transfer"),
            verb=lambda refund, said: book_paid_by_hand(
                refund=refund,
                amount=said["amount"],
                paid_on=said["paid_on"],
                bank_reference=said["bank_reference"],
                actor=staff(request),
                reason=said["reason"],
            ),
            done=_("The transfer is booked; the buyer's page shows it."),
        )

    @action(
        description=_("To the buyer's wallet…"),
        url_path="to-wallet",
        permissions=["wallet"],
        icon="account_balance_wallet",
    )
    def to_wallet(self, request: HttpRequest, object_id: int) -> HttpResponse:
        return self._settle(
            request,
            object_id,
            form=ReasonForm(request.POST or None),
            title=_("Pay refund %(number)s into the buyer's wallet"),
            explanation=_(
                "The buyer has the money in the wallet here at once and can spend it. Agree on it"
                " with the buyer first. It can't be taken back here."
            ),
            button=_("Pay into the wallet"),
            verb=lambda refund, said: put_refund_in_wallet(
                refund=refund, actor=staff(request), reason=said["reason"]
            ),
            done=_("The money is in the buyer's wallet."),
        )

    def _settle(
        self,
        request: HttpRequest,
        object_id: int,
        *,
        form: forms.Form,
        title: Promise,
        explanation: Promise,
        button: Promise,
        verb: Callable[[PaymentRefund, dict], object],
        done: Promise,
    ) -> HttpResponse:
        """Say what will happen to whose money, then do it once: a second click finds it done."""
        if not request.user.has_perm(HANDLE):
            raise PermissionDenied
        refund = get_object_or_404(
            PaymentRefund.objects.select_related("receipt__payment__payer"), pk=object_id
        )
        back = reverse("admin:payments_paymentrefund_change", args=[object_id])
        if refund.status != PaymentRefundStatus.FAILED:
            messages.info(request, str(RefundSettled.message))
            return HttpResponseRedirect(back)
        if request.method == "POST" and form.is_valid():
            try:
                verb(refund, form.cleaned_data)
            except RefundSettled as settled:
                messages.info(request, str(settled))
                return HttpResponseRedirect(back)
            except PersonError as error:
                form.add_error(error.field, str(error))
            else:
                messages.success(request, str(done))
                return HttpResponseRedirect(back)
        return ask(
            request,
            site=self.admin_site,
            title=title % {"number": refund.refund_no},
            explanation=explanation,
            form=form,
            button=button,
            back=back,
            notes=_facts(refund),
        )


def _facts(refund: PaymentRefund) -> list[str]:
    """Whose money it is, how much, and why it is here."""
    payment = refund.receipt.payment
    facts = [
        gettext("Amount: %(amount)s") % {"amount": money(refund.amount)},
        gettext("Paid for: %(what)s, payment %(number)s")
        % {"what": f"{payment.purpose} {payment.purpose_ref}", "number": payment.payment_no},
        gettext("Payer: %(payer)s")
        % {"payer": payment.payer or gettext("a guest without an account")},
        gettext("The gateway's words: %(words)s") % {"words": refund.last_message or "—"},
    ]
    late = PaymentRefund.objects.filter(
        receipt_id=refund.receipt_id, late_done_at__isnull=False, is_paid_twice=False
    ).first()
    if late is not None:
        facts.append(
            gettext("The gateway says that it paid %(number)s after all: ask it before you pay.")
            % {"number": late.refund_no}
        )
    return facts
