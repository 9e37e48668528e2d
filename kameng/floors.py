"""The lowest price at which an agent gets a SKU now (the door settings.SELLING_FLOORS)."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from django.db import connection

from kameng.models import AgentStatus
from orders.money import FEN, to_fen
from suppliers.pricelists.floors import Floor

# A markup only raises a price above the upline's own, so tiers and contracts hold the lowest. As in
# kameng/price_rules.py: the tier's price, else the nearest category's discount.
_PRICES = """
SELECT sku.id, coalesce(
           (SELECT price FROM kameng_tierprice WHERE sku_id = sku.id AND tier_id = tier.id),
           sku.list_price * (
               SELECT discount.rate FROM kameng_tierdiscount discount
               JOIN catalog_category above ON above.id = discount.category_id
               WHERE discount.tier_id = tier.id AND above.tree_id = category.tree_id
                 AND above.lft <= category.lft AND above.rght >= category.rght
               ORDER BY above.lft DESC LIMIT 1),
           sku.list_price),
       'tier', tier.name
FROM catalog_sku sku
JOIN catalog_product product ON product.id = sku.product_id
JOIN catalog_category category ON category.id = product.category_id
CROSS JOIN kameng_tier tier
WHERE sku.id = ANY (%(skus)s)
"""
_CONTRACTS = """
UNION ALL
SELECT contract.sku_id, contract.price, 'contract', agent.name
FROM kameng_contractprice contract JOIN kameng_agent agent ON agent.id = contract.agent_id
WHERE contract.sku_id = ANY (%(skus)s) AND agent.status = %(active)s
  AND contract.valid_from <= now()
  AND (contract.valid_until IS NULL OR contract.valid_until > now())
"""


def lowest_prices(sku_ids: Collection[int], *, with_contracts: bool) -> Mapping[int, Floor]:
    """Of each SKU; one statement for all."""
    with connection.cursor() as cursor:
        cursor.execute(
            _PRICES + (_CONTRACTS if with_contracts else ""),
            {"skus": list(sku_ids), "active": AgentStatus.ACTIVE.value},
        )
        rows = cursor.fetchall()
    lowest: dict[int, Floor] = {}
    for sku_id, price, who, name in rows:
        floor = Floor(max(to_fen(price), FEN), who, name)
        if sku_id not in lowest or floor.price < lowest[sku_id].price:
            lowest[sku_id] = floor
    return lowest
