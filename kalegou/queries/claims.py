"""Reads about claims after the sale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max
from django.utils import timezone

from kalegou.models import ClaimedCard
from orders.models import Order
from orders.queries import cards_of_order


@dataclass(frozen=True, slots=True)
class ClaimableCard:
    """A code to choose, told by its number or by the end of its secret, which isn't shown."""

    pk: int
    label: str


def delivered_at(order: Order) -> datetime:
    """When the last of an order was delivered, replacements included: a claim's time begins."""
    latest = order.replacements.aggregate(at=Max("finished_at"))["at"]
    ended = order.finished_at or timezone.now()
    return max(ended, latest) if latest else ended


def claimable_cards(order: Order) -> Sequence[ClaimableCard]:
    """The codes of an order that are neither written off nor claimed. Not a reveal: masked."""
    if order.kind != "card":
        return ()
    cards = [card for card in cards_of_order(order) if not card.is_faulty]
    claimed = set(
        ClaimedCard.objects.filter(card__in=[card.pk for card in cards], is_live=True).values_list(
            "card_id", flat=True
        )
    )
    return [
        ClaimableCard(card.pk, card.number or masked(card.secret))
        for card in cards
        if card.pk not in claimed
    ]


def masked(secret: str) -> str:
    """The end of a code, for telling one from the other without showing it."""
    return f"•••• {secret[-4:]}" if len(secret) > 8 else "••••"
