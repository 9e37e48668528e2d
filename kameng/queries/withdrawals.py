"""An agent's bank accounts and withdrawals."""

from __future__ import annotations

from datetime import date, timedelta

from django.db.models import Q, QuerySet

from kameng.models import (
    AccountPaper,
    AccountStatus,
    Agent,
    PayoutAccount,
    Withdrawal,
    WithdrawalStatus,
)
from kameng.queries.bank_deposits import Step
from kameng.queries.orders import start_of
from ui.tones import tone


def accounts_of(agent: Agent) -> QuerySet[PayoutAccount]:
    """What isn't removed, newest first, with its evidence."""
    found = PayoutAccount.objects.filter(agent=agent).exclude(status=AccountStatus.REMOVED)
    return found.prefetch_related("papers").order_by("-pk")


def verified_accounts(agent: Agent) -> list[PayoutAccount]:
    return list(accounts_of(agent).filter(status=AccountStatus.VERIFIED))


def find_withdrawals(
    agent: Agent,
    *,
    status: str = "",
    text: str = "",
    since: date | None = None,
    until: date | None = None,
) -> QuerySet[Withdrawal]:
    """Newest first, with the bank account."""
    found = Withdrawal.objects.filter(agent=agent).select_related("account")
    if status in WithdrawalStatus.values:
        found = found.filter(status=status)
    if since:
        found = found.filter(created_at__gte=start_of(since))
    if until:
        found = found.filter(created_at__lt=start_of(until + timedelta(days=1)))
    if text := "".join(text.split()):
        found = found.filter(
            Q(withdrawal_no__startswith=text)
            | Q(account__number_tail=text[-4:])
            | Q(bank_txn_no__iexact=text)
        )
    return found.order_by("-pk")


def steps_of(withdrawal: Withdrawal) -> list[Step]:
    """What happened, in order; no name of staff."""
    return [
        Step(
            str(WithdrawalStatus(event.status).label),
            event.at,
            event.note,
            tone("settled" if event.status == WithdrawalStatus.PAID else event.status),
        )
        for event in withdrawal.events.order_by("pk")
    ]


def paper_for(pk: int) -> AccountPaper | None:
    return AccountPaper.objects.select_related("account__agent").filter(pk=pk).first()
