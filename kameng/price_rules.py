"""Loading what kameng/pricing.py decides on: one statement, whatever the number of SKUs."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection

from database.prepared import Statement
from kameng.commissions import Policy
from kameng.models import Agent, AgentStatus
from kameng.pricing import AgentRules, PriceContext, PriceQuote, resolve_price


@dataclass(frozen=True, slots=True)
class PathAgent:
    """An agent of the path as an order must know it."""

    agent_id: int
    status: str
    tier_code: str
    wallet_id: int
    payable_id: int

    @property
    def is_active(self) -> bool:
        return self.status == AgentStatus.ACTIVE


@dataclass(frozen=True, slots=True)
class Pricing:
    """One SKU for one agent: the path (agent first), the rules, the commission policy in force."""

    path: tuple[PathAgent, ...]
    context: PriceContext
    policy: Policy | None


# One row per agent of the path and SKU, the agent itself at place 1. `discount` is the nearest
# category's on the way up from the product's; `markup` is the one that the next agent up the path
# set: for this SKU first, else for everything.
_RULES = """
SELECT sku.id, sku.list_price, place.place, agent.id,
       (SELECT contract.price FROM kameng_contractprice contract
        WHERE contract.agent_id = agent.id AND contract.sku_id = sku.id
          AND contract.valid_from <= now()
          AND (contract.valid_until IS NULL OR contract.valid_until > now())),
       (SELECT markup.rate FROM kameng_downlinemarkup markup
        WHERE markup.upline_id = agent.parent_id
          AND (markup.sku_id = sku.id OR markup.sku_id IS NULL)
        ORDER BY markup.sku_id NULLS LAST LIMIT 1),
       (SELECT tier_price.price FROM kameng_tierprice tier_price
        WHERE tier_price.sku_id = sku.id AND tier_price.tier_id = agent.tier_id),
       (SELECT discount.rate FROM kameng_tierdiscount discount
        JOIN catalog_category above ON above.id = discount.category_id
        WHERE discount.tier_id = agent.tier_id AND above.tree_id = category.tree_id
          AND above.lft <= category.lft AND above.rght >= category.rght
        ORDER BY above.lft DESC LIMIT 1),
       agent.status, tier.code, agent.wallet_id, agent.commission_payable_id{and_policy}
FROM kameng_agent me
CROSS JOIN LATERAL unnest(me.id || me.upline_ids) WITH ORDINALITY AS place (agent_id, place)
JOIN kameng_agent agent ON agent.id = place.agent_id
JOIN kameng_tier tier ON tier.id = agent.tier_id
JOIN catalog_sku sku ON sku.id = ANY (%(skus)s)
JOIN catalog_product product ON product.id = sku.product_id
JOIN catalog_category category ON category.id = product.category_id
{join_policy}
WHERE {who}
ORDER BY sku.id, place.place
"""
# The policy in force stands in every row, so that an order asks once and not twice.
_AND_POLICY = """,
       policy.id, policy.level_difference_share, policy.max_generations, policy.after_sale_hours,
       ARRAY(SELECT coalesce(rate.rate, 0)
             FROM generate_series(1, policy.max_generations) AS generation (n)
             LEFT JOIN kameng_generationrate rate
                ON rate.policy_id = policy.id AND rate.generation = generation.n
             ORDER BY generation.n)"""
_JOIN_POLICY = """LEFT JOIN (
    SELECT * FROM kameng_commissionpolicy
    WHERE effective_from <= now() ORDER BY effective_from DESC LIMIT 1
) AS policy ON true"""
_OF_USER = Statement(
    "price_rules_of_user",
    _RULES.format(who="me.user_id = %(user)s", and_policy=_AND_POLICY, join_policy=_JOIN_POLICY),
)
_OF_AGENT = Statement(
    "price_rules_of_agent",
    _RULES.format(who="me.id = %(agent)s", and_policy="", join_policy=""),
)


def pricing_for_order(*, user_id: int, sku_id: int) -> Pricing | None:
    """Everything that an order needs to know, in one statement; None when it isn't an agent."""
    with connection.cursor() as cursor:
        _OF_USER.run(cursor, {"user": user_id, "skus": [sku_id]})
        rows = cursor.fetchall()
    if not rows:
        return None
    policy_id, share, generations, hours, rates = rows[0][12:]
    return Pricing(
        path=tuple(PathAgent(row[3], *row[8:12]) for row in rows),
        context=_context(rows),
        policy=Policy(policy_id, share, generations, hours, tuple(rates))
        if policy_id is not None
        else None,
    )


def price_list(agent: Agent, sku_ids: Collection[int]) -> Mapping[int, PriceQuote]:
    """The agent's quote for each of these SKUs, in one statement."""
    if not sku_ids:
        return {}
    with connection.cursor() as cursor:
        _OF_AGENT.run(cursor, {"agent": agent.pk, "skus": list(sku_ids)})
        rows = cursor.fetchall()
    by_sku: dict[int, list[tuple[Any, ...]]] = {}
    for row in rows:
        by_sku.setdefault(row[0], []).append(row)
    return {sku_id: resolve_price(_context(of_sku)) for sku_id, of_sku in by_sku.items()}


def _context(rows: list[tuple[Any, ...]]) -> PriceContext:
    list_price: Decimal = rows[0][1]
    return PriceContext(list_price, [AgentRules(*row[3:8]) for row in rows])
