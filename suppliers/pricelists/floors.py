"""The lowest price at which a SKU is sold now, over all storefronts.

Storefronts are above this app, so theirs come through the door `settings.SELLING_FLOORS`: a list of
dotted paths to `(sku_ids, with_contracts=…) -> {sku_id: Floor}`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from catalog.models import SKU


@dataclass(frozen=True, slots=True)
class Floor:
    """`price` is CNY for one; `who` pays it: `list_price`, `tier`, `contract` or `member_level`,
    and `name` which one of them (suppliers/words.py tells both)."""

    price: Decimal
    who: str
    name: str = ""


class Door(Protocol):
    def __call__(
        self, sku_ids: Collection[int], *, with_contracts: bool
    ) -> Mapping[int, Floor]: ...


def lowest_prices(sku_ids: Collection[int], *, with_contracts: bool = True) -> dict[int, Floor]:
    """Of each of these SKUs; the list price when no storefront sells for less.

    `with_contracts`: also what was agreed with one person alone.
    """
    found = {
        pk: Floor(price, "list_price")
        for pk, price in SKU.objects.filter(pk__in=sku_ids).values_list("pk", "list_price")
    }
    for path in settings.SELLING_FLOORS:
        door: Door = import_string(path)
        for sku_id, floor in door(sku_ids, with_contracts=with_contracts).items():
            if sku_id in found and floor.price < found[sku_id].price:
                found[sku_id] = floor
    return found
