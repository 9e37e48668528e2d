"""Paying due commissions into wallets, in batches; and holding an agent's back.

Invariant (kameng/checks.py): a settlement is its journal entry, and what its rows had left.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from kameng.commissions import NOTHING
from kameng.errors import HeldAlready, NotHeld, ReasonMissing
from kameng.models import (
    Agent,
    AgentStatus,
    Commission,
    CommissionStatus,
    Settlement,
    SettlementBatch,
    SettlementHold,
)
from ledger import services as ledger
from ledger.models import EntryKind
from ledger.services import Line
from users import audit
from users.models import User

ROWS_AT_ONCE = 5000


@transaction.atomic
def settle_commissions(*, agent: Agent, until: datetime, in_batch: bool = False) -> Decimal:
    """Move an agent's due commissions into the wallet; return the amount (CNY).

    Due: pending, after-sale window closed before `until`. What the agent owes for refunds of
    settled commissions is netted first; while it owes more than is due, nothing moves. A suspended
    agent, or one that is held back, goes on earning, but is settled only once that is over. Locks
    the wallet, then the rows, skipping those that a refund holds, then the open batch. Safe to
    repeat: a settled row is never due again, and the journal entry is named after the last row that
    it settles.
    """
    ledger.lock([agent.wallet_id])
    if not Agent.objects.filter(pk=agent.pk, status=AgentStatus.ACTIVE).exists():
        return NOTHING
    if SettlementHold.objects.filter(agent=agent, released_at=None).exists():
        return NOTHING
    rows = Commission.objects.filter(agent=agent).select_for_update(skip_locked=True)
    owing = list(rows.owing())
    due = list(rows.due(until=until).order_by("pk")[:ROWS_AT_ONCE])
    owed = sum((row.clawed_back - row.recovered for row in owing), NOTHING)
    earned = sum((row.kept for row in due), NOTHING)
    amount = earned - owed
    if amount <= 0:
        return NOTHING
    reference = f"commission:{agent.pk}:{due[-1].pk}"
    now = timezone.now()
    Commission.objects.filter(pk__in=[row.pk for row in owing]).update(recovered=F("clawed_back"))
    Commission.objects.filter(pk__in=[row.pk for row in due]).update(
        status=CommissionStatus.SETTLED, settled_at=now, settlement_reference=reference
    )
    ledger.post(
        reference=reference,
        kind=EntryKind.COMMISSION_SETTLED,
        lines=[Line(agent.commission_payable_id, -amount), Line(agent.wallet_id, amount)],
        memo=f"{len(due)}",
    )
    before = Settlement.objects.filter(agent=agent).order_by("-pk").first()
    Settlement.objects.create(
        batch=_open_batch(until) if in_batch else None,
        agent=agent,
        reference=reference,
        row_count=len(due),
        earned=earned,
        netted=owed,
        amount=amount,
        total_after=amount + (before.total_after if before else NOTHING),
        first_at=min(row.created_at for row in due),
        last_at=max(row.created_at for row in due),
    )
    return amount


def settle_due_commissions(*, until: datetime | None = None) -> Decimal:
    """Settle every agent that has something due, each in its own transactions, as one batch.

    Two at once share the work: what one has paid is not due for the other. A run that was cut off
    leaves its batch open; the next run goes on with it. Nothing due, no batch.
    """
    until = until or timezone.now()
    held = SettlementHold.objects.filter(released_at=None)
    due_agents = Agent.objects.filter(
        pk__in=Commission.objects.due(until=until).values("agent"), status=AgentStatus.ACTIVE
    ).exclude(pk__in=held.values("agent"))
    total = NOTHING
    for agent in due_agents.order_by("pk"):
        while amount := settle_commissions(agent=agent, until=until, in_batch=True):
            total += amount
    SettlementBatch.objects.filter(finished_at=None).update(finished_at=timezone.now())
    return total


def _open_batch(until: datetime) -> SettlementBatch:
    """The batch that is open, else a new one, locked: it isn't closed before this has committed."""
    is_open = SettlementBatch.objects.select_for_update(no_key=True).filter(finished_at=None)
    for _attempt in range(3):
        if (batch := is_open.first()) is not None:
            return batch
        try:
            with transaction.atomic():
                return SettlementBatch.objects.create(until=until)
        except IntegrityError:  # another run opened one in this moment, or has closed it by now
            continue
    return SettlementBatch.objects.create(until=until)


@transaction.atomic
def hold_settlements(*, agent: Agent, actor: User, reason: str) -> SettlementHold:
    """Pay an agent's commissions out no more until they are released; they go on accruing.

    Audited. Locks the wallet, so that a settlement under way comes before or not at all. Raises
    ReasonMissing or HeldAlready.
    """
    reason = _given(reason)
    ledger.lock([agent.wallet_id])
    if SettlementHold.objects.filter(agent=agent, released_at=None).exists():
        raise HeldAlready
    hold = SettlementHold.objects.create(agent=agent, reason=reason, held_by=actor)
    audit.record(actor=actor, action="hold_settlements", target=f"agent:{agent.pk}", reason=reason)
    return hold


@transaction.atomic
def release_settlements(*, agent: Agent, actor: User, reason: str) -> None:
    """Pay out again: what has become due is settled with the next batch. Audited.

    Raises ReasonMissing or NotHeld.
    """
    reason = _given(reason)
    released = SettlementHold.objects.filter(agent=agent, released_at=None).update(
        released_at=timezone.now(), released_by=actor, release_reason=reason
    )
    if not released:
        raise NotHeld
    audit.record(
        actor=actor, action="release_settlements", target=f"agent:{agent.pk}", reason=reason
    )


def _given(reason: str) -> str:
    if not reason.strip():
        raise ReasonMissing(field="reason")
    return reason.strip()[:200]
