"""Loading what kameng/pricing.py decides on: one statement, whatever the number of SKUs."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django.db import connection

from database.prepared import Statement
from kameng.commissions import Policy
from kameng.models import Agent, AgentStatus, CommissionPolicy, PolicyOverride
from kameng.pricing import AgentRules, PriceContext, PriceQuote, resolve_price
from orders.limits import Limits, limits_in_force


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
    limits: Limits
    has_listeners: bool  # the agent has a webhook endpoint


# One row per agent of the path and SKU, the agent itself at place 1. `discount` is the nearest
# category's on the way up from the product's; `markup` is the one that the next agent up the path
# set: for this SKU first, else for the nearest category, else for everything.
_RULES = """
SELECT sku.id, sku.list_price, place.place, agent.id,
       (SELECT contract.price FROM kameng_contractprice contract
        WHERE contract.agent_id = agent.id AND contract.sku_id = sku.id
          AND contract.valid_from <= now()
          AND (contract.valid_until IS NULL OR contract.valid_until > now())),
       (SELECT markup.rate FROM kameng_downlinemarkup markup
        LEFT JOIN catalog_category above ON above.id = markup.category_id
        WHERE markup.upline_id = agent.parent_id
          AND (markup.sku_id = sku.id
               OR (markup.sku_id IS NULL AND markup.category_id IS NULL)
               OR (above.tree_id = category.tree_id AND above.lft <= category.lft
                   AND above.rght >= category.rght))
        ORDER BY markup.sku_id NULLS LAST, above.lft DESC NULLS LAST LIMIT 1),
       (SELECT tier_price.price FROM kameng_tierprice tier_price
        WHERE tier_price.sku_id = sku.id AND tier_price.tier_id = agent.tier_id),
       (SELECT discount.rate FROM kameng_tierdiscount discount
        JOIN catalog_category above ON above.id = discount.category_id
        WHERE discount.tier_id = agent.tier_id AND above.tree_id = category.tree_id
          AND above.lft <= category.lft AND above.rght >= category.rght
        ORDER BY above.lft DESC LIMIT 1),
       agent.status, tier.code, agent.wallet_id, agent.commission_payable_id{and_more}
FROM kameng_agent me
CROSS JOIN LATERAL unnest(me.id || me.upline_ids) WITH ORDINALITY AS place (agent_id, place)
JOIN kameng_agent agent ON agent.id = place.agent_id
JOIN kameng_tier tier ON tier.id = agent.tier_id
JOIN catalog_sku sku ON {which}
JOIN catalog_product product ON product.id = sku.product_id
JOIN catalog_category category ON category.id = product.category_id
WHERE {who}
ORDER BY {by}
"""
# The policy in force, the limits, and whether anybody wants to hear of the order stand in every
# row, so that an order asks once.
_IN_FORCE = """(SELECT id FROM kameng_commissionpolicy
        WHERE effective_from <= now() ORDER BY effective_from DESC LIMIT 1)"""
# Its exception for this SKU, else for the nearest category: looked for once, not for each upline.
_EXCEPTION = """(SELECT exception.id FROM kameng_policyoverride exception
        LEFT JOIN catalog_category above ON above.id = exception.category_id
        WHERE exception.policy_id = {policy}
          AND (exception.sku_id = sku.id
               OR (above.tree_id = category.tree_id AND above.lft <= category.lft
                   AND above.rght >= category.rght))
        ORDER BY exception.sku_id NULLS LAST, above.lft DESC LIMIT 1)"""
_AND_POLICY = f""",
       {_IN_FORCE},
       CASE WHEN place.place = 1 THEN {_EXCEPTION.format(policy=_IN_FORCE)} END,
       EXISTS (SELECT FROM kameng_endpoint endpoint
               WHERE endpoint.agent_id = me.id AND endpoint.deleted_at IS NULL),
       agent.verified_at IS NOT NULL,
       agent.own_single_limit, agent.own_daily_limit, agent.own_monthly_limit,
       tier.single_limit, tier.daily_limit, tier.monthly_limit,
       tier.unverified_single_limit, tier.unverified_daily_limit, tier.unverified_monthly_limit"""
_EXCEPTION_OF = f"""
SELECT {_EXCEPTION.format(policy="%(policy)s")}
FROM catalog_sku sku
JOIN catalog_product product ON product.id = sku.product_id
JOIN catalog_category category ON category.id = product.category_id
WHERE sku.id = %(sku)s
"""
_FOR_ORDER = Statement(
    "price_rules_for_order",
    _RULES.format(
        and_more=_AND_POLICY,
        which="sku.id = %(sku)s",
        who="me.user_id = %(user)s",
        by="place.place",
    ),
)
_FOR_LIST = Statement(
    "price_rules_for_list",
    _RULES.format(
        and_more="",
        which="sku.id = ANY (%(skus)s)",
        who="me.id = %(agent)s",
        by="sku.id, place.place",
    ),
)


def pricing_for_order(*, user_id: int, sku_id: int) -> Pricing | None:
    """Everything that an order needs to know, in one statement; None when it isn't an agent."""
    with connection.cursor() as cursor:
        _FOR_ORDER.run(cursor, {"user": user_id, "sku": sku_id})
        rows = cursor.fetchall()
    if not rows:
        return None
    policy_id, override_id, has_listeners, is_verified, *limits = rows[0][12:]
    return Pricing(
        path=tuple([PathAgent(row[3], *row[8:12]) for row in rows]),
        context=_context(rows),
        policy=None if policy_id is None else _policy(policy_id, override_id),
        has_listeners=has_listeners,
        limits=limits_in_force(
            is_verified=is_verified,
            own=Limits(*limits[:3]),
            verified=Limits(*limits[3:6]),
            unverified=Limits(*limits[6:]),
        ),
    )


@lru_cache(maxsize=256)
def _policy(policy_id: int, override_id: int | None) -> Policy:
    """A version of the commission rules: remembered, since one in force is never changed.

    The database refuses to (migration 0002), and this one is in force; so are its exceptions.
    """
    return load_policy(policy_id, override_id)


def load_policy(policy_id: int, override_id: int | None) -> Policy:
    """A version of the rules with the shares of one of its exceptions, if there is one."""
    version = CommissionPolicy.objects.get(pk=policy_id)
    other = PolicyOverride.objects.get(pk=override_id) if override_id else None
    if other is None:
        kept = {rate.generation: rate.rate for rate in version.generation_rates.all()}
        share = version.level_difference_share
    else:
        kept = {1: other.rate_1, 2: other.rate_2, 3: other.rate_3}
        share = other.level_difference_share
    return Policy(
        policy_id,
        share,
        version.max_generations,
        version.after_sale_hours,
        tuple(
            kept.get(generation, Decimal(0)) for generation in range(1, version.max_generations + 1)
        ),
        override_id,
    )


def policy_for(policy_id: int, sku_id: int) -> Policy:
    """A version of the rules, in force or not, as it pays on a SKU."""
    with connection.cursor() as cursor:
        cursor.execute(_EXCEPTION_OF, {"policy": policy_id, "sku": sku_id})
        (override_id,) = cursor.fetchone()
    return load_policy(policy_id, override_id)


def price_list(agent: Agent, sku_ids: Collection[int]) -> Mapping[int, PriceQuote]:
    """The agent's quote for each of these SKUs, in one statement."""
    if not sku_ids:
        return {}
    with connection.cursor() as cursor:
        _FOR_LIST.run(cursor, {"agent": agent.pk, "skus": list(sku_ids)})
        rows = cursor.fetchall()
    by_sku: dict[int, list[tuple[Any, ...]]] = {}
    for row in rows:
        by_sku.setdefault(row[0], []).append(row)
    return {sku_id: resolve_price(_context(of_sku)) for sku_id, of_sku in by_sku.items()}


def _context(rows: list[tuple[Any, ...]]) -> PriceContext:
    list_price: Decimal = rows[0][1]
    return PriceContext(list_price, [AgentRules(*row[3:8]) for row in rows])
