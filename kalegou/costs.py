"""What goods cost us at most, for whoever gives something off their price."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from decimal import Decimal

from django.db.models import Max, Q
from django.utils import timezone

from catalog.models import StockLane
from suppliers.models import STOCK_ADAPTER, Offer


def unit_costs(prices: Mapping[int, Decimal]) -> Mapping[int, Decimal]:
    """The dearest usable offer of each SKU sold at these prices (CNY); those without are left out.

    Usable: it takes orders and costs no more than the price, as the margin guard has it. Of our
    own stock the dearest card counts. Two queries.
    """
    offers = Offer.objects.taking_orders().filter(sku__in=list(prices))
    rows = offers.values_list("sku_id", "supplier__adapter", "cost", "allows_loss")
    local = {sku_id for sku_id, adapter, _cost, _loss in rows if adapter == STOCK_ADAPTER}
    found = _card_costs(local, prices)
    for sku_id, adapter, cost, allows_loss in rows:
        if adapter != STOCK_ADAPTER and (allows_loss or cost <= prices[sku_id]):
            found[sku_id] = max(found.get(sku_id, cost), cost)
    return found


def _card_costs(sku_ids: Collection[int], prices: Mapping[int, Decimal]) -> dict[int, Decimal]:
    lanes = StockLane.objects.filter(sku__in=sku_ids, is_exhausted=False).filter(
        Q(expires_on=None) | Q(expires_on__gt=timezone.localdate())
    )
    by_lane = lanes.values_list("sku_id", "unit_cost").annotate(most=Max("unit_cost")).order_by()
    costs: dict[int, Decimal] = {}
    for sku_id, _unit_cost, most in by_lane:
        if most <= prices[sku_id]:
            costs[sku_id] = max(costs.get(sku_id, most), most)
    return costs
