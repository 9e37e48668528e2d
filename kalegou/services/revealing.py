"""Showing the codes of an order to whoever bought it."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from kalegou.errors import NothingToReveal
from orders.models import Order
from orders.queries import OrderCard, cards_of_order
from users import audit
from users.models import User


@transaction.atomic
def reveal_cards(*, order: Order, actor: User | None, how: str) -> list[OrderCard]:
    """The codes of an order, in the order in which they were sold; writes the audit record.

    `actor` is None for a guest; `how` is "shown" or "downloaded". Raises NothingToReveal.
    """
    cards = cards_of_order(order)
    if not cards:
        raise NothingToReveal
    audit.record(
        actor=actor,
        action="reveal_cards",
        target=f"order:{order.order_no}",
        how=how,
        count=len(cards),
    )
    return cards


@transaction.atomic
def reveal_to_staff(
    *, order: Order, cards: Sequence[int], actor: User, reason: str
) -> list[OrderCard]:
    """Some codes of an order (by their keys) for a person of ours, who says why; recorded."""
    shown = [card for card in cards_of_order(order) if card.pk in set(cards)]
    audit.record(
        actor=actor,
        action="reveal_cards",
        target=f"order:{order.order_no}",
        reason=reason,
        how="staff",
        count=len(shown),
    )
    return shown
