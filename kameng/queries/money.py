"""An agent's money: wallet postings, deposits under way."""

from __future__ import annotations

from datetime import date, timedelta

from django.db.models import QuerySet

from kameng.models import Agent
from kameng.queries.orders import start_of
from ledger.models import Posting
from payments.models import Payment
from users.models import User


def postings(
    agent: Agent, *, since: date | None = None, until: date | None = None
) -> QuerySet[Posting]:
    """The wallet's movements with their entries, newest first."""
    found = Posting.objects.filter(account_id=agent.wallet_id).select_related("entry")
    if since:
        found = found.filter(entry__created_at__gte=start_of(since))
    if until:
        found = found.filter(entry__created_at__lt=start_of(until + timedelta(days=1)))
    return found.order_by("-pk")


def latest_deposit(payer: User) -> Payment | None:
    return (
        Payment.objects.filter(payer=payer, purpose="deposit", purpose_ref="wholesale")
        .order_by("-pk")
        .first()
    )
