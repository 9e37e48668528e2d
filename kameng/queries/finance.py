"""What of agents' money waits for staff: how many, how much, since when."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Min, Sum
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kameng.models import (
    AccountStatus,
    DepositStatus,
    OfflineDeposit,
    PayoutAccount,
    Withdrawal,
    WithdrawalStatus,
)
from users.desk import Waiting


def waiting_rows() -> list[Waiting]:
    """Three statements, over the partial indexes of what waits."""
    deposits = _by_status(OfflineDeposit.objects.all(), F("amount"), "submitted_at")
    withdrawals = _by_status(Withdrawal.objects.all(), F("amount") - F("fee"), "created_at")
    accounts = PayoutAccount.objects.filter(status=AccountStatus.PENDING).aggregate(
        count=Count("pk"), oldest=Min("created_at")
    )
    return [
        *(
            _row(
                label,
                deposits.get(status),
                view="kameng_offlinedeposit_changelist",
                status=status,
                permission="kameng.view_offlinedeposit",
            )
            for status, label in (
                (DepositStatus.SUBMITTED, _("Bank transfers to find")),
                (DepositStatus.CHECKED, _("Bank transfers for a second person")),
            )
        ),
        Waiting(
            _("Bank accounts to verify"),
            accounts["count"],
            "kameng_payoutaccount_changelist",
            "kameng.view_payoutaccount",
            oldest=accounts["oldest"],
        ),
        *(
            _row(
                label,
                withdrawals.get(status),
                view="kameng_withdrawal_changelist",
                status=status,
                permission="kameng.view_withdrawal",
            )
            for status, label in (
                (WithdrawalStatus.REQUESTED, _("Withdrawals to approve")),
                (WithdrawalStatus.CHECKED, _("Withdrawals for a second person")),
                (WithdrawalStatus.APPROVED, _("Withdrawals to pay")),
            )
        ),
    ]


def _by_status(rows: Any, amount: Any, since: str) -> dict[str, tuple[int, Decimal, datetime]]:
    waiting = (
        (DepositStatus.SUBMITTED, DepositStatus.CHECKED)
        if rows.model is OfflineDeposit
        else (WithdrawalStatus.REQUESTED, WithdrawalStatus.CHECKED, WithdrawalStatus.APPROVED)
    )
    found = (
        rows.filter(status__in=waiting)
        .order_by()
        .values_list("status")
        .annotate(count=Count("pk"), sum=Sum(amount), oldest=Min(since))
    )
    return {status: (count, total, oldest) for status, count, total, oldest in found}


def _row(
    label: str | Promise,
    found: tuple[int, Decimal, datetime] | None,
    *,
    view: str,
    status: str,
    permission: str,
) -> Waiting:
    count, amount, oldest = found or (0, Decimal(0), None)
    return Waiting(label, count, view, permission, f"?state={status}", amount, oldest)
