"""Telling a docked shop that its order has ended, in its own shape."""

from __future__ import annotations

import json
import time
from typing import Any

from kameng.docking import shapes
from kameng.models import DockedOrder
from orders.models import OrderStatus
from orders.queries import cards_of_order

HIDDEN = "•••"


def docked_body(docked: DockedOrder) -> tuple[bytes, bytes]:
    """(what is sent, what the log may keep of it: no codes)."""
    order = docked.order
    told: dict[str, Any] = {
        "event": "order.fulfilled" if order.status in shapes.DELIVERED else "order.canceled",
        "order_id": order.pk,
        "order_no": order.order_no,
        "downstream_order_no": docked.downstream_order_no,
        "status": shapes.STATUSES[OrderStatus(order.status)],
        "timestamp": int(time.time()),
    }
    if order.status not in shapes.DELIVERED:
        return _encoded(told), _encoded(told)
    cards = cards_of_order(order) if order.kind == "card" else []
    fulfillment = shapes.fulfillment(order, cards)
    hidden = {**fulfillment, "payload": HIDDEN, "delivery_data": None} if cards else fulfillment
    return (
        _encoded({**told, "fulfillment": fulfillment}),
        _encoded({**told, "fulfillment": hidden}),
    )


def _encoded(document: dict[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
