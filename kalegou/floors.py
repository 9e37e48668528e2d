"""The lowest price at which a consumer gets a SKU now (the door settings.SELLING_FLOORS)."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from catalog.models import SKU
from kalegou.models import MemberLevel
from kalegou.pricing import retail_price
from suppliers.pricelists.floors import Floor


def lowest_prices(sku_ids: Collection[int], *, with_contracts: bool) -> Mapping[int, Floor]:
    """Of each SKU: what the best member level pays. Points are a cost of their own.

    Nobody has a contract here.
    """
    best = MemberLevel.objects.order_by("price_rate").first()
    if best is None:
        return {}
    prices = SKU.objects.filter(pk__in=sku_ids).values_list("pk", "list_price")
    return {
        pk: Floor(retail_price(listed, best.price_rate).amount, "member_level", best.name)
        for pk, listed in prices
    }
