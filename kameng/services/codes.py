"""Handing an order's card codes to the agent who bought them; every time is audited."""

from __future__ import annotations

from django.db import transaction

from kameng.models import Agent
from orders.models import Order
from orders.queries import OrderCard, cards_of_order
from users import audit


@transaction.atomic
def reveal_codes(*, agent: Agent, order: Order, how: str) -> list[OrderCard]:
    """The order's codes, opened, with an audit record of who saw them.

    `how` is page, txt, csv or api. A suspended agent still gets what it paid for.
    """
    assert order.buyer_id == agent.user_id, f"{order.order_no} belongs to somebody else"
    cards = cards_of_order(order)
    audit.record(
        actor=agent.user,
        action="reveal_codes",
        target=f"order:{order.order_no}",
        how=how,
        cards=len(cards),
    )
    return cards
