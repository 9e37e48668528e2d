"""Refunds that a gateway refused: somebody's money that waits for a person."""

from __future__ import annotations

from django.db.models import Count, Min, Sum
from django.utils.translation import gettext_lazy as _

from payments.models import PaymentRefund, PaymentRefundStatus
from users.desk import Waiting


def waiting() -> list[Waiting]:
    refused = PaymentRefund.objects.filter(status=PaymentRefundStatus.FAILED).aggregate(
        count=Count("pk"), oldest=Min("created_at"), amount=Sum("amount")
    )
    return [
        Waiting(
            _("Refunds that the gateway refused"),
            refused["count"],
            "payments_paymentrefund_changelist",
            "payments.view_paymentrefund",
            f"?status__exact={PaymentRefundStatus.FAILED}",
            amount=refused["amount"],
            oldest=refused["oldest"],
        )
    ]
