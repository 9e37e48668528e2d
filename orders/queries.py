"""Reads about orders for pages and the API."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from catalog.sealing import unseal_card
from catalog.stock import cards_of
from orders.models import Order
from orders.timeline import TimelineRow, timeline
from payments.models import PaymentRefund, PaymentRefundStatus

__all__ = ["OrderCard", "TimelineRow", "cards_of_order", "gateway_refunds", "timeline"]


def gateway_refunds(order: Order) -> list[PaymentRefund]:
    """Everything that goes back through a gateway for an order, as it stands now, oldest first.

    Also what never was the order's: money that came twice or too late (`receipt.is_accepted` is
    False). A refund that was sent again shows once, under its newest number. One query.
    """
    return list(
        PaymentRefund.objects.filter(
            receipt__payment__purpose="order", receipt__payment__purpose_ref=order.order_no
        )
        .exclude(status=PaymentRefundStatus.REPLACED)
        .select_related("receipt", "handling", "original")
        .order_by("pk")
    )


@dataclass(frozen=True, slots=True)
class OrderCard:
    """One code of an order, opened. Its repr hides the secret, since reprs are logged."""

    number: str
    secret: str = field(repr=False)
    expires_on: date | None = None
    pk: int = 0
    is_faulty: bool = False


def cards_of_order(order: Order) -> list[OrderCard]:
    """Every code of a delivered order, opened, oldest expiry first.

    Who may see them is the caller's business, and so is the audit record.
    """
    faulty = set(order.faulty_cards.values_list("card_id", flat=True))
    cards = []
    for card in cards_of(order.pk):
        opened = unseal_card(card.sealed, card.fingerprint)
        cards.append(
            OrderCard(opened.number, opened.secret, card.expires_on, card.pk, card.pk in faulty)
        )
    return cards
