"""What would change if an agent had another tier or upline: tried, read, and rolled back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from catalog.models import SKU
from catalog.queries import sellable_skus
from kameng.models import Agent, Tier
from kameng.price_rails import Problem, find_problems, made_by
from kameng.price_rules import price_list
from kameng.services.tree import create_agent
from users.models import User

EXAMPLES = 8


@dataclass(frozen=True, slots=True)
class PriceChange:
    sku: SKU
    before: Decimal
    after: Decimal


@dataclass(frozen=True, slots=True)
class Consequences:
    """`agents`: the agent and everybody below; prices (CNY) are the agent's own, of the goods on
    the shelf. `examples` are the largest changes. `problems` are prices that would break a rule
    and don't now: below cost, or below what the upline pays itself."""

    agents: int
    cheaper: int
    dearer: int
    same: int
    examples: Sequence[PriceChange]
    problems: Sequence[Problem] = ()


def if_moved(*, agent: Agent, upline: Agent | None) -> Consequences:
    """Where `services.tree.move_subtree` would lead."""
    path = [upline.pk, *upline.upline_ids] if upline else []
    return _if(agent, parent_id=upline.pk if upline else None, upline_ids=path)


def if_tier(*, agent: Agent, tier: Tier) -> Consequences:
    """Where `services.agents.set_tier` would lead."""
    return _if(agent, tier_id=tier.pk)


def _if(agent: Agent, **changes: object) -> Consequences:
    """Two lists of prices, the second inside a transaction that is rolled back; locks the agent's
    row for as long as that takes. Nothing of it stays."""
    ids = list(sellable_skus().values_list("pk", flat=True))
    now = timezone.now()
    before = {pk: quote.price for pk, quote in price_list(agent, ids).items()}
    with transaction.atomic():
        # Looked at before the change from where the agent goes: only what the change makes counts.
        agent_there = _changed(agent, changes)
        were = find_problems(ids, now=now, near=agent_there)
        Agent.objects.filter(pk=agent.pk).update(**changes)
        after = {pk: quote.price for pk, quote in price_list(agent, ids).items()}
        problems = made_by(were, find_problems(ids, now=now, near=agent_there))
        transaction.set_rollback(True)
    moved = sorted(
        (pk for pk in ids if before[pk] != after[pk]),
        key=lambda pk: abs(after[pk] - before[pk]) / before[pk],
        reverse=True,
    )
    skus = SKU.objects.select_related("product").in_bulk(moved[:EXAMPLES])
    return Consequences(
        agents=agent.get_descendant_count() + 1,
        cheaper=sum(after[pk] < before[pk] for pk in moved),
        dearer=sum(after[pk] > before[pk] for pk in moved),
        same=len(ids) - len(moved),
        examples=[PriceChange(skus[pk], before[pk], after[pk]) for pk in moved[:EXAMPLES]],
        problems=problems,
    )


def _changed(agent: Agent, changes: Mapping[str, Any]) -> Agent:
    """The agent as it would be, not stored: where to look for problems."""
    there = copy(agent)
    for name, value in changes.items():
        setattr(there, name, value)
    return there


def if_joined(*, user: User, upline: Agent | None, tier: Tier, name: str) -> list[Problem]:
    """The price rules that an applicant's prices would break as an agent of `tier` below `upline`.

    Made, looked at, and rolled back; holds the lock of the upline's tree for as long.
    """
    ids = list(sellable_skus().values_list("pk", flat=True))
    now = timezone.now()
    with transaction.atomic():
        were = find_problems(ids, now=now, near=upline) if upline else []
        agent = create_agent(user=user, upline=upline, tier=tier, name=name)
        found = made_by(were, find_problems(ids, now=now, near=agent))
        transaction.set_rollback(True)
    return found
