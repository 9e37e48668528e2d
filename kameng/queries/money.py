"""An agent's money: wallet postings, deposits under way, commissions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import F, Q, QuerySet, Sum
from django.utils import timezone

from kameng.models import Agent, Commission, CommissionStatus
from kameng.queries.orders import start_of
from kameng.terms import Terms
from ledger.models import Posting
from payments.models import Payment
from users.models import User

NOTHING = Decimal(0)


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


def commissions_of(agent: Agent, status: str = "") -> QuerySet[Commission]:
    """What the agent earned, newest first, with the order behind each and who bought."""
    found = Commission.objects.filter(agent=agent).select_related(
        "order__buyer__agent", "order__sku__product"
    )
    if status in CommissionStatus.values:
        found = found.filter(status=status)
    return found.order_by("-pk")


@dataclass(frozen=True, slots=True)
class Earned:
    """A commission with the prices behind its level difference, as the order keeps them."""

    row: Commission
    price_below: Decimal
    own_price: Decimal


def earned(rows: Iterable[Commission]) -> list[Earned]:
    """The commissions of a page (their orders loaded) with the prices that gave them."""
    found = []
    for row in rows:
        prices = [upline.own_price for upline in Terms.of(row.order).uplines]
        below = min([row.order.unit_price, *prices[: row.generation - 1]])
        found.append(Earned(row, below, prices[row.generation - 1]))
    return found


@dataclass(frozen=True, slots=True)
class CommissionTotals:
    """CNY. `owed` is what refunds of settled commissions took back and no settlement netted yet."""

    pending: Decimal
    settled_this_month: Decimal
    settled: Decimal
    owed: Decimal


def commission_totals(agent: Agent) -> CommissionTotals:
    month = start_of(timezone.localdate().replace(day=1))
    kept = F("amount") - F("reversed_amount")
    is_settled = Q(status=CommissionStatus.SETTLED)
    sums = Commission.objects.filter(agent=agent).aggregate(
        pending=Sum(kept, filter=Q(status=CommissionStatus.PENDING)),
        month=Sum(kept, filter=is_settled & Q(settled_at__gte=month)),
        settled=Sum(kept, filter=is_settled),
        owed=Sum(F("clawed_back") - F("recovered")),
    )
    return CommissionTotals(
        pending=sums["pending"] or NOTHING,
        settled_this_month=sums["month"] or NOTHING,
        settled=sums["settled"] or NOTHING,
        owed=sums["owed"] or NOTHING,
    )
