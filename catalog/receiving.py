"""Cards that a supplier delivers for one order: stored sealed, and sold in the same breath."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from django.db import transaction

from catalog.models import Card, CardAllocation, StockLane, StockLot
from catalog.sealing import fingerprint, seal_card


class DuplicateCard(Exception):
    """The supplier delivered a code that is in stock or was sold before: nothing was stored."""


@transaction.atomic
def receive_cards(
    *,
    order_id: int,
    sku_id: int,
    supplier_code: str,
    total_cost: Decimal,
    cards: Sequence[tuple[str, str, str | None]],
) -> None:
    """Store (number, secret, expires_on as YYYY-MM-DD or None) cards and allot them to the order.

    They never are inventory: the order's own entry books their cost. Raises DuplicateCard and
    stores nothing when one of the codes is known already, or comes twice.
    """
    prints = [fingerprint(number, secret) for number, secret, _ in cards]
    if len(set(prints)) < len(prints) or Card.objects.filter(fingerprint__in=prints).exists():
        raise DuplicateCard
    unit_cost = (total_cost / len(cards)).quantize(Decimal("0.0001"))
    lot = StockLot.objects.create(
        sku_id=sku_id,
        supplier_code=supplier_code,
        unit_cost=unit_cost,
        card_count=len(cards),
        source=f"order {order_id}",
    )
    by_expiry: defaultdict[date | None, list[tuple[str, str, bytes]]] = defaultdict(list)
    for (number, secret, expires), print_ in zip(cards, prints, strict=True):
        by_expiry[_date(expires)].append((number, secret, print_))
    for expires_on, group in by_expiry.items():
        lane = StockLane.objects.create(
            lot=lot,
            sku_id=sku_id,
            unit_cost=unit_cost,
            expires_on=expires_on,
            size=len(group),
            next_position=len(group),
            is_exhausted=True,
        )
        Card.objects.bulk_create(
            Card(
                lane=lane,
                position=position,
                fingerprint=print_,
                sealed=seal_card(number, secret, print_),
            )
            for position, (number, secret, print_) in enumerate(group)
        )
        CardAllocation.objects.create(
            lane=lane, first_position=0, end_position=len(group), order_id=order_id
        )


def _date(text: str | None) -> date | None:
    """The supplier's expiry date, when it is one; otherwise the card carries none."""
    try:
        return date.fromisoformat(text[:10]) if text else None
    except ValueError:
        return None
