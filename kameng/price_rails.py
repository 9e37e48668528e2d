"""Which prices break a rule: below the cost of the cheapest usable offer, or below the upline's.

One statement over sets, whatever the number of agents. Agents without a contract price and without
a markup above them pay what their tier pays, so tiers are compared with tiers; only holders of
contracts, uplines with markups and those next to them are looked at one by one. Contract prices
begin and end by themselves, so each moment to come at which one does is looked at as well.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection

from catalog.stock import today
from kameng.models import Agent
from suppliers.models import STOCK_ADAPTER

MOST_PROBLEMS = 500

# Of each SKU, what one costs at the cheapest offer that an order could go to, and whether selling
# below cost is allowed. A supplier's listed cost counts before staff have accepted it, as it does
# when an order is routed.
COSTS = """
SELECT offer.sku_id, min(unit.cost) AS cost,
       bool_or(offer.allows_loss OR coalesce(rule.allows_loss, false)) AS may_lose
FROM suppliers_offer offer
JOIN suppliers_supplier supplier ON supplier.id = offer.supplier_id
JOIN catalog_sku sku ON sku.id = offer.sku_id
LEFT JOIN suppliers_suppliergoods goods ON goods.supplier_id = supplier.id
    AND goods.ref = offer.supplier_ref AND goods.gone_at IS NULL
LEFT JOIN suppliers_routingrule rule ON rule.sku_id = offer.sku_id
CROSS JOIN LATERAL (
    SELECT CASE WHEN supplier.adapter = %(stock)s THEN (
        SELECT min(lane.unit_cost) FROM catalog_stocklane lane
        WHERE lane.sku_id = offer.sku_id AND NOT lane.is_exhausted
          AND (lane.expires_on IS NULL OR lane.expires_on > %(today)s))
    ELSE greatest(offer.cost, ceil(
        goods.cost * CASE WHEN goods.is_rate THEN sku.face_value ELSE 1 END * 10000) / 10000)
    END) AS unit (cost)
WHERE offer.sku_id = ANY (%(skus)s)
  AND offer.is_open AND supplier.is_open AND NOT supplier.is_sandbox
  AND unit.cost IS NOT NULL
  AND NOT EXISTS (SELECT FROM suppliers_offerstop stop
                  WHERE stop.offer_id = offer.id AND stop.ended_at IS NULL)
GROUP BY offer.sku_id
"""

# What each tier pays by itself, as in kameng/price_rules.py.
BASE = """
SELECT wanted.id AS sku_id, tier.id AS tier_id, tier.rank, greatest(round(coalesce(
    (SELECT price FROM kameng_tierprice WHERE sku_id = wanted.id AND tier_id = tier.id),
    wanted.list_price * (
        SELECT discount.rate FROM kameng_tierdiscount discount
        JOIN catalog_category above ON above.id = discount.category_id
        WHERE discount.tier_id = tier.id AND above.tree_id = wanted.tree_id
          AND above.lft <= wanted.lft AND above.rght >= wanted.rght
        ORDER BY above.lft DESC LIMIT 1),
    wanted.list_price), 2), 0.01) AS price
FROM wanted CROSS JOIN kameng_tier tier
"""

_PROBLEMS = f"""
WITH RECURSIVE wanted AS MATERIALIZED (
    SELECT sku.id, sku.list_price, category.tree_id, category.lft, category.rght
    FROM catalog_sku sku
    JOIN catalog_product product ON product.id = sku.product_id
    JOIN catalog_category category ON category.id = product.category_id
    WHERE sku.id = ANY (%(skus)s)
), cost AS MATERIALIZED (
    SELECT sku_id, cost FROM ({COSTS}) known WHERE NOT may_lose
), base AS MATERIALIZED ({BASE}
), contract AS MATERIALIZED (
    SELECT contract.agent_id, contract.sku_id, contract.price, contract.valid_from,
           contract.valid_until
    FROM kameng_contractprice contract JOIN kameng_agent agent ON agent.id = contract.agent_id
    WHERE contract.sku_id = ANY (%(skus)s)
      AND (contract.valid_until IS NULL OR contract.valid_until > %(now)s) AND {{scope}}
), moment AS MATERIALIZED (
    SELECT id AS sku_id, %(now)s::timestamptz AS at FROM wanted
    UNION SELECT sku_id, valid_from FROM contract WHERE valid_from > %(now)s
    UNION SELECT sku_id, valid_until FROM contract WHERE valid_until > %(now)s
), markup AS MATERIALIZED (
    SELECT DISTINCT ON (markup.upline_id, wanted.id)
           markup.upline_id, wanted.id AS sku_id, markup.rate
    FROM kameng_downlinemarkup markup
    JOIN kameng_agent agent ON agent.id = markup.upline_id
    LEFT JOIN catalog_category above ON above.id = markup.category_id
    JOIN wanted ON markup.sku_id = wanted.id
        OR (markup.sku_id IS NULL AND markup.category_id IS NULL)
        OR (above.tree_id = wanted.tree_id AND above.lft <= wanted.lft
            AND above.rght >= wanted.rght)
    WHERE {{scope}}
    ORDER BY markup.upline_id, wanted.id, markup.sku_id NULLS LAST, above.lft DESC NULLS LAST
), who AS MATERIALIZED (
    SELECT upline_id AS agent_id, sku_id FROM markup
    UNION SELECT agent_id, sku_id FROM contract
    UNION SELECT agent.parent_id, contract.sku_id
    FROM contract JOIN kameng_agent agent ON agent.id = contract.agent_id
    WHERE agent.parent_id IS NOT NULL
), placed AS MATERIALIZED (
    SELECT agent.id AS agent_id, agent.parent_id, agent.tier_id, agent.name, who.sku_id, moment.at,
           (SELECT contract.price FROM contract
            WHERE contract.agent_id = agent.id AND contract.sku_id = who.sku_id
              AND contract.valid_from <= moment.at
              AND (contract.valid_until IS NULL OR contract.valid_until > moment.at)
           ) AS contract_price,
           markup.rate
    FROM who
    JOIN kameng_agent agent ON agent.id = who.agent_id
    JOIN moment ON moment.sku_id = who.sku_id
    LEFT JOIN markup ON markup.upline_id = agent.parent_id AND markup.sku_id = who.sku_id
), priced AS (
    SELECT placed.agent_id, placed.parent_id, placed.tier_id, placed.name, placed.sku_id,
           placed.at, placed.contract_price IS NOT NULL AS by_contract,
           greatest(round(coalesce(placed.contract_price, base.price), 2), 0.01) AS price
    FROM placed JOIN base ON base.sku_id = placed.sku_id AND base.tier_id = placed.tier_id
    WHERE placed.contract_price IS NOT NULL OR placed.rate IS NULL
    UNION ALL
    SELECT placed.agent_id, placed.parent_id, placed.tier_id, placed.name, placed.sku_id,
           placed.at, false, greatest(round(above.price * (1 + placed.rate), 2), 0.01)
    FROM priced above
    JOIN placed ON placed.parent_id = above.agent_id AND placed.sku_id = above.sku_id
        AND placed.at = above.at
    WHERE placed.contract_price IS NULL AND placed.rate IS NOT NULL
), dear AS MATERIALIZED (
    -- agents and tiers: the tier pays less by itself than the agent does, or than the agents
    -- directly below do by the agent's markup (`steps` 2)
    SELECT priced.*, base.tier_id AS below_tier, base.price AS below_price, 1 AS steps,
           priced.price AS above_price
    FROM priced JOIN base ON base.sku_id = priced.sku_id AND base.price < priced.price
    WHERE NOT EXISTS (SELECT FROM markup WHERE markup.upline_id = priced.agent_id
                      AND markup.sku_id = priced.sku_id)
    UNION ALL
    SELECT priced.*, base.tier_id, base.price, 2, asked.price
    FROM priced
    JOIN markup ON markup.upline_id = priced.agent_id AND markup.sku_id = priced.sku_id
    CROSS JOIN LATERAL (
        SELECT greatest(round(priced.price * (1 + markup.rate), 2), 0.01) AS price) asked
    JOIN base ON base.sku_id = priced.sku_id AND base.price < asked.price
)
SELECT 'below_cost' AS rule, base.sku_id, %(now)s::timestamptz AS at, 'tier' AS who,
       base.tier_id AS who_id, base.price, 'cost' AS above, NULL::bigint AS above_id,
       cost.cost AS least
FROM base JOIN cost USING (sku_id) WHERE base.price < cost.cost
UNION ALL
SELECT 'below_cost', priced.sku_id, min(priced.at), 'agent', priced.agent_id, priced.price,
       'cost', NULL, cost.cost
FROM priced JOIN cost USING (sku_id)
WHERE priced.by_contract AND priced.price < cost.cost
GROUP BY priced.sku_id, priced.agent_id, priced.price, cost.cost
UNION ALL
SELECT 'below_upline', base.sku_id, %(now)s, 'tier', base.tier_id, base.price, 'tier',
       higher.tier_id, higher.price
FROM base CROSS JOIN LATERAL (
    SELECT one.tier_id, one.price FROM base one
    WHERE one.sku_id = base.sku_id AND one.rank < base.rank
    ORDER BY one.price DESC, one.rank LIMIT 1) higher
WHERE base.price < higher.price
UNION ALL
SELECT 'below_upline', priced.sku_id, min(priced.at), 'agent', priced.agent_id, priced.price,
       'agent', upline.agent_id, max(upline.price)
FROM priced JOIN priced upline ON upline.agent_id = priced.parent_id
    AND upline.sku_id = priced.sku_id AND upline.at = priced.at
WHERE priced.by_contract AND priced.price < upline.price
GROUP BY priced.sku_id, priced.agent_id, priced.price, upline.agent_id
UNION ALL
SELECT 'below_upline', dear.sku_id, min(dear.at), 'agent', min(below.id), dear.below_price,
       'agent', dear.agent_id, max(dear.above_price)
FROM dear JOIN kameng_agent below ON below.parent_id = dear.agent_id
    AND below.tier_id = dear.below_tier
WHERE dear.steps = 1
  AND NOT EXISTS (SELECT FROM contract WHERE contract.agent_id = below.id
                  AND contract.sku_id = dear.sku_id AND contract.valid_from <= dear.at
                  AND (contract.valid_until IS NULL OR contract.valid_until > dear.at))
GROUP BY dear.sku_id, dear.below_tier, dear.below_price, dear.agent_id
UNION ALL
SELECT 'below_upline', dear.sku_id, min(dear.at), 'agent', min(below.id), dear.below_price,
       'agent', min(middle.id), max(dear.above_price)
FROM dear JOIN kameng_agent middle ON middle.parent_id = dear.agent_id
JOIN kameng_agent below ON below.parent_id = middle.id AND below.tier_id = dear.below_tier
WHERE dear.steps = 2
  AND NOT EXISTS (SELECT FROM contract WHERE contract.agent_id IN (middle.id, below.id)
                  AND contract.sku_id = dear.sku_id AND contract.valid_from <= dear.at
                  AND (contract.valid_until IS NULL OR contract.valid_until > dear.at))
  AND NOT EXISTS (SELECT FROM markup WHERE markup.upline_id = middle.id
                  AND markup.sku_id = dear.sku_id)
GROUP BY dear.sku_id, dear.below_tier, dear.below_price, dear.agent_id
ORDER BY 2, 1, 4, 5
LIMIT {MOST_PROBLEMS}
"""
# An agent's own path and everything below it: what its markups can reach.
_NEAR = """(agent.id = ANY (%(path)s)
    OR (agent.tree_id = %(tree)s AND agent.lft >= %(lft)s AND agent.rght <= %(rght)s))"""


@dataclass(frozen=True, slots=True)
class Problem:
    """A price (CNY) below the `least` that it may be, from `at` on.

    `rule`: below_cost or below_upline. `who` pays it: a tier or an agent (the first of several
    that do), `above` is what it may not be below: the cost, a tier's or an agent's price.
    """

    rule: str
    sku_id: int
    at: datetime
    who: str
    who_id: int
    price: Decimal
    above: str
    above_id: int | None
    least: Decimal

    @property
    def key(self) -> tuple[object, ...]:
        return (self.rule, self.sku_id, self.who, self.who_id, self.above, self.above_id)


def find_problems(
    sku_ids: Collection[int], *, now: datetime, near: Agent | None = None
) -> list[Problem]:
    """What is wrong with the prices of these SKUs, now or at a moment that is known to come.

    `near`: only what the markups and contracts of this agent, its uplines and downline do.
    """
    if not sku_ids:
        return []
    parameters: dict[str, Any] = {
        "skus": sorted(sku_ids),
        "now": now,
        "today": today(),
        "stock": STOCK_ADAPTER,
    }
    scope = "true"
    if near is not None:
        scope = _NEAR
        parameters |= {
            "path": [near.pk, *near.upline_ids],
            "tree": near.tree_id,
            "lft": near.lft,
            "rght": near.rght,
        }
    with connection.cursor() as cursor:
        cursor.execute(_PROBLEMS.format(scope=scope), parameters)
        return [Problem(*row) for row in cursor.fetchall()]


@dataclass(frozen=True, slots=True)
class Cost:
    """What one costs at the cheapest usable offer (CNY); `may_lose`: selling below is allowed."""

    amount: Decimal
    may_lose: bool


def lowest_costs(sku_ids: Collection[int]) -> dict[int, Cost]:
    """Of each of these SKUs; without those that nobody delivers at present."""
    with connection.cursor() as cursor:
        cursor.execute(COSTS, {"skus": sorted(sku_ids), "today": today(), "stock": STOCK_ADAPTER})
        return {sku_id: Cost(amount, may_lose) for sku_id, amount, may_lose in cursor.fetchall()}


def made_by(before: Iterable[Problem], after: Iterable[Problem]) -> list[Problem]:
    """Those that a change makes, makes worse, or doesn't mend though it touches their price."""
    were = {one.key: one for one in before}
    found = []
    for one in after:
        was = were.get(one.key)
        if was is None or one.price != was.price or one.least > was.least:
            found.append(one)
    return found
