"""An agent that listens, and what its web server was told."""

from __future__ import annotations

import json
from typing import Any

from catalog.models import SKU
from kameng.models import Agent, Endpoint, EventKind
from kameng.services.endpoints import CHOSEN_EVENTS, create_endpoint
from orders.models import Order
from orders.services import place_order
from tests.api.client import sign
from tests.listeners import Listener, Received


def listen(agent: Agent, url: str, *events: EventKind, **fields: Any) -> tuple[Endpoint, str]:
    return create_endpoint(
        agent=agent, actor=agent.user, url=url, events=events or CHOSEN_EVENTS, **fields
    )


def buy(agent: Agent, sku: SKU, ref: str = "r1", **fields: Any) -> Order:
    return place_order(
        channel="wholesale",
        buyer=agent.user,
        sku=sku,
        quantity=1,
        client_ref=ref,
        **fields,
    ).order


def told(shop: Listener) -> list[dict[str, Any]]:
    return [json.loads(one.body) for one in shop.received]


def kinds(shop: Listener) -> list[str]:
    return [one["event"] for one in told(shop)]


def is_signed(received: Received, secret: str, header: str = "x-signature") -> bool:
    return received.headers.get(header) == sign(
        secret,
        "POST",
        received.path,
        received.headers["x-timestamp"],
        received.headers["x-nonce"],
        received.body,
    )
