"""Commissions of orders, in the order in which they happen: accrue → take back.

kameng/services/settling.py pays out what is due.

Invariant (kameng/checks.py): an agent's commission payable equals what is left of its pending rows,
less what it owes for settled rows that were refunded afterwards.

A refund of a settled commission doesn't touch the wallet: it may be empty, and has a floor. It is
posted against the commission payable, which may go below zero, and the next settlement nets it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from django.utils import timezone

from database.prepared import Call, Statement, array
from kameng.commissions import NOTHING, Path, Share, Upline, shares, taken_back
from kameng.models import Commission, CommissionStatus
from kameng.terms import Terms
from ledger import accounts
from ledger.services import Line
from orders.channels import Earned, Reversal, Sale
from orders.models import Order
from orders.sql import key_of

_INSERT = Statement(
    "insert_commissions",
    """
INSERT INTO kameng_commission (
    order_id, agent_id, generation, level_difference, generation_share, amount, reversed_amount,
    clawed_back, recovered, was_capped, status, due_at, created_at, settlement_reference)
SELECT %(order)s, agent_id, generation, level_difference, generation_share, amount, 0,
       0, 0, was_capped, 'pending', %(due_at)s, %(now)s, ''
FROM unnest(%(agents)s::bigint[], %(generations)s::int[], %(differences)s::numeric[],
            %(by_rate)s::numeric[], %(amounts)s::numeric[], %(capped)s::bool[])
    AS share (agent_id, generation, level_difference, generation_share, amount, was_capped)
""",
)


def accrue_commissions(*, order: Order, sale: Sale) -> Earned:
    """The uplines' pending commissions of a completed sale: the rows, and their ledger lines.

    No lock: uplines, their prices and the policy come from the order's own terms, never from
    today's tree. Once per order, inside the transaction that completes it.
    """
    terms = Terms.of(order)
    if terms.policy is None:
        return Earned()
    payables = {upline.agent_id: upline.payable_id for upline in terms.uplines}
    path = Path(order.unit_price, [Upline(u.agent_id, u.own_price) for u in terms.uplines])
    earned = [share for share in shares(sale, path, terms.policy) if share.amount]
    if not earned:
        return Earned()
    now = timezone.now()
    due_at = now + timedelta(hours=terms.policy.after_sale_hours)
    expense = Line(accounts.commission_expense(), -sum_of(earned), is_open=True)
    payable = [Line(payables[one.agent_id], one.amount, is_open=True) for one in earned]
    return Earned(
        lines=[expense, *payable],
        rows=[_rows(order, earned, now=now, due_at=due_at)],
    )


def _rows(order: Order, earned: Sequence[Share], *, now: datetime, due_at: datetime) -> Call:
    return _INSERT.with_(
        {
            "order": key_of(order),
            "now": now,
            "due_at": due_at,
            "agents": array([share.agent_id for share in earned]),
            "generations": array([share.generation for share in earned]),
            "differences": array([share.level_difference for share in earned]),
            "by_rate": array([share.generation_share for share in earned]),
            "amounts": array([share.amount for share in earned]),
            "capped": array([share.was_capped for share in earned]),
        }
    )


def sum_of(earned: Sequence[Share]) -> Decimal:
    return sum((share.amount for share in earned), NOTHING)


def take_back_commissions(*, order: Order, reversal: Reversal) -> list[Line]:
    """Void or claw back an order's commissions in proportion to a refund; return the ledger lines.

    A pending row loses its part (all of it: void). A settled row notes what is owed, and the
    payable account carries it until a settlement nets it. Locks the order's commission rows.
    """
    lines: list[Line] = []
    rows = Commission.objects.filter(order=order).order_by("pk").select_for_update(of=("self",))
    for row in rows.select_related("agent"):
        back = taken_back(row.kept, refunded=reversal.amount, kept=reversal.kept)
        if not back:
            continue
        row.reversed_amount += back
        if row.status == CommissionStatus.SETTLED:
            row.clawed_back += back
        elif not row.kept:
            row.status = CommissionStatus.VOID
        row.save(update_fields=["reversed_amount", "clawed_back", "status"])
        lines += [
            Line(row.agent.commission_payable_id, -back),
            Line(accounts.commission_expense(), back),
        ]
    return lines
