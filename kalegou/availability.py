"""Whether a SKU can be had right now, told before anybody pays.

A preview of what `suppliers.routing` decides when the order comes, for many SKUs in two queries.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from catalog.models import SKU
from catalog.queries import stock_of
from kalegou.models import Member
from kalegou.pricing import rate_of, retail_price
from suppliers.models import STOCK_ADAPTER, Offer

FEW = 20  # cards: so few are told


class Availability(enum.StrEnum):
    AVAILABLE = "available"
    SOLD_OUT = "sold_out"
    MAINTENANCE = "maintenance"  # no supplier is open for it


@dataclass(frozen=True, slots=True)
class Choice:
    """A SKU as this visitor sees it: `price` is CNY for one, `saved` what the level takes off.

    `left` is the number of cards in our own stock, None when a supplier delivers it.
    """

    sku: SKU
    price: Decimal
    saved: Decimal
    availability: Availability
    left: int | None
    least: int = 1  # at once, by the SKU and its offers
    most: int = 1

    @property
    def is_available(self) -> bool:
        return self.availability == Availability.AVAILABLE

    @property
    def few_left(self) -> int | None:
        """How many are left, when that is few enough to be told."""
        return self.left if self.left is not None and self.left <= FEW else None

    @property
    def is_sold_out(self) -> bool:
        return self.availability == Availability.SOLD_OUT


def choices(
    skus: Iterable[SKU], member: Member | None, *, carrier: str = "", province: str = ""
) -> list[Choice]:
    """These SKUs with this visitor's price and whether they can be had. Two queries.

    `carrier` and `province` are the number's that would be topped up: an offer that isn't for them
    doesn't count. What isn't known isn't held against anybody, as in suppliers/routing.py.
    """
    listed = list(skus)
    offers = {
        pk: [offer for offer in found if offer.is_for(carrier, province)]
        for pk, found in _open_offers(sku.pk for sku in listed).items()
    }
    stock = stock_of([pk for pk, found in offers.items() if any(o.is_local for o in found)])
    rate = rate_of(member)
    return [_choice(sku, rate, offers, stock) for sku in listed]


@dataclass(frozen=True, slots=True)
class _Offer:
    is_local: bool
    cost: Decimal
    allows_loss: bool
    carriers: Sequence[str]
    provinces: Sequence[str]
    least: int
    most: int

    def is_for(self, carrier: str, province: str) -> bool:
        return is_for(self.carriers, carrier) and is_for(self.provinces, province)


def is_for(only: Sequence[str], what: str) -> bool:
    """Whether an offer that is limited to some (none: to nothing) takes this one ("": unknown)."""
    return not only or not what or what in only


def _open_offers(sku_ids: Iterable[int]) -> dict[int, list[_Offer]]:
    found: dict[int, list[_Offer]] = {pk: [] for pk in sku_ids}
    rows = (
        Offer.objects.taking_orders()
        .filter(sku__in=list(found))
        .values_list(
            "sku_id",
            "supplier__adapter",
            "cost",
            "allows_loss",
            "sku__routing__allows_loss",
            "carriers",
            "provinces",
            "min_quantity",
            "max_quantity",
        )
    )
    for sku_id, adapter, cost, of_offer, of_sku, carriers, provinces, least, most in rows:
        is_local, allows_loss = adapter == STOCK_ADAPTER, of_offer or bool(of_sku)
        found[sku_id].append(_Offer(is_local, cost, allows_loss, carriers, provinces, least, most))
    return found


def _choice(
    sku: SKU, rate: Decimal, offers: Mapping[int, list[_Offer]], stock: Mapping[int, int]
) -> Choice:
    price = retail_price(sku.list_price, rate).amount
    usable = [
        offer
        for offer in offers[sku.pk]
        if offer.is_local or offer.allows_loss or offer.cost <= price
    ]
    left = stock.get(sku.pk, 0) if usable and all(offer.is_local for offer in usable) else None
    if not usable:
        availability = Availability.MAINTENANCE
    elif left is not None and left < sku.min_quantity:
        availability = Availability.SOLD_OUT
    else:
        availability = Availability.AVAILABLE
    listed = retail_price(sku.list_price).amount
    return Choice(
        sku,
        price,
        listed - price,
        availability,
        left,
        least=max(sku.min_quantity, min((offer.least for offer in usable), default=1)),
        most=min(sku.max_quantity, max((offer.most for offer in usable), default=1)),
    )
