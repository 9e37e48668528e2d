"""Staff's view of payments: what was asked, what arrived, what goes back."""

from __future__ import annotations

from django.contrib import admin
from unfold.admin import ModelAdmin, TabularInline

from payments.models import Payment, PaymentRefund, Receipt
from users.backoffice import ReadOnly


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


@admin.register(PaymentRefund)
class PaymentRefundAdmin(ReadOnly, ModelAdmin):
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
    )
    list_filter = ("status", "reason", "created_at")
    list_select_related = ("receipt",)
    search_fields = ("refund_no", "receipt__trade_no", "receipt__payment__purpose_ref")
