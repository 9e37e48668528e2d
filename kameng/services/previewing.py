"""What would change if an agent had another tier or upline: tried, read, and rolled back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction

from catalog.models import SKU
from catalog.queries import sellable_skus
from kameng.models import Agent, Tier
from kameng.price_rules import price_list

EXAMPLES = 8


@dataclass(frozen=True, slots=True)
class PriceChange:
    sku: SKU
    before: Decimal
    after: Decimal


@dataclass(frozen=True, slots=True)
class Consequences:
    """`agents`: the agent and everybody below; prices (CNY) are the agent's own, of the goods on
    the shelf. `examples` are the largest changes."""

    agents: int
    cheaper: int
    dearer: int
    same: int
    examples: Sequence[PriceChange]


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
    before = {pk: quote.price for pk, quote in price_list(agent, ids).items()}
    with transaction.atomic():
        Agent.objects.filter(pk=agent.pk).update(**changes)
        after = {pk: quote.price for pk, quote in price_list(agent, ids).items()}
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
    )
