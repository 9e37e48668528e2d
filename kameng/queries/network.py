"""An agent's downline."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, F, Q, QuerySet, Sum
from django.utils import timezone

from kameng.models import Agent
from kameng.queries.orders import start_of
from orders.models import Channel, Order, OrderStatus


@dataclass(frozen=True, slots=True)
class Member:
    """One agent of the downline: `generation` 1 is direct; `sales` are this month's (CNY)."""

    agent: Agent
    generation: int
    sales: Decimal


@dataclass(frozen=True, slots=True)
class DownlineSize:
    direct: int
    all: int


def downline(agent: Agent, *, is_direct: bool, text: str = "") -> QuerySet[Agent]:
    """The agents below, in the order of the tree (all) or by name (direct)."""
    found: QuerySet[Agent] = Agent.objects.filter(
        tree_id=agent.tree_id, lft__gt=agent.lft, rght__lt=agent.rght
    ).select_related("tier", "parent")
    if is_direct:
        found = found.filter(parent=agent)
    if text:
        found = found.filter(name__icontains=text)
    return found.order_by("lft")


def downline_size(agent: Agent) -> DownlineSize:
    below = Agent.objects.filter(tree_id=agent.tree_id, lft__gt=agent.lft, rght__lt=agent.rght)
    counts = below.aggregate(all=Count("pk"), direct=Count("pk", filter=Q(parent=agent)))
    return DownlineSize(direct=counts["direct"], all=counts["all"])


def members(agent: Agent, below: Iterable[Agent]) -> list[Member]:
    """These agents of the downline with this month's purchases, in one statement."""
    shown = list(below)
    sales = _sales_this_month([member.user_id for member in shown])
    return [
        Member(member, member.level - agent.level, sales.get(member.user_id, Decimal(0)))
        for member in shown
    ]


def _sales_this_month(user_ids: Iterable[int]) -> Mapping[int, Decimal]:
    """What each bought this month and kept after refunds (CNY)."""
    rows = (
        Order.objects.filter(
            buyer__in=list(user_ids),
            channel=Channel.WHOLESALE,
            status__in=(OrderStatus.COMPLETED, OrderStatus.PARTIALLY_COMPLETED),
            finished_at__gte=start_of(timezone.localdate().replace(day=1)),
        )
        .order_by()
        .values_list("buyer")
        .annotate(sales=Sum(F("total") - F("refunded")))
    )
    return dict(rows)
