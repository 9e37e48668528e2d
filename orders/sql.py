"""SQL of the order path that must be one statement."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

from django.db import connection
from psycopg2.extras import Json

from database.prepared import Call, DrawnKey, NextKey, Statement, run_together
from orders.deliveries import Delivery
from orders.models import Order
from suppliers.routing import Decision

_KEYS = "orders_order_id_seq"
NEXT_ORDER = NextKey(_KEYS)
_DRAWN_ORDER = DrawnKey(_KEYS)


def key_of(order: Order) -> int | DrawnKey:
    """The key of an order. One that isn't stored yet gets the key that was drawn for it before."""
    return order.pk or _DRAWN_ORDER


@dataclass(frozen=True, slots=True)
class Step:
    """A timeline row to be; it happened when it is written, unless `at` says otherwise."""

    status: str
    code: str
    details: Mapping[str, str] = field(default_factory=dict)
    at: datetime | None = None


@cache
def _insertion(steps: int) -> Statement:
    rows = ", ".join(
        f"(%(status_{n})s, %(code_{n})s, %(details_{n})s::jsonb,"
        f" coalesce(%(at_{n})s::timestamptz, clock_timestamp()))"
        for n in range(steps)
    )
    return Statement(
        "insert_order",
        f"""
WITH placed AS (
    INSERT INTO orders_order (
        id, order_no, channel, buyer_id, buyer_key, client_ref, request_digest, sku_id,
        product_name, sku_name, kind, face_value, account, quantity, unit_price, total, price_rule,
        terms, callback_url, funding, wallet_id, status, delivered_quantity, cost, refunded,
        needs_attention, created_at, pay_before, paid_at, finished_at, next_sweep_at)
    VALUES (
        coalesce(%(id)s::bigint, {NEXT_ORDER}), %(order_no)s, %(channel)s, %(buyer_id)s,
        %(buyer_key)s, %(client_ref)s, %(request_digest)s, %(sku_id)s,
        %(product_name)s, %(sku_name)s, %(kind)s, %(face_value)s, %(account)s, %(quantity)s,
        %(unit_price)s, %(total)s, %(price_rule)s, %(terms)s, %(callback_url)s, %(funding)s,
        %(wallet_id)s, %(status)s, %(delivered_quantity)s, %(cost)s, 0,
        false, %(created_at)s, %(pay_before)s, %(paid_at)s, %(finished_at)s, %(next_sweep_at)s)
    RETURNING id
), timeline AS (
    INSERT INTO orders_orderevent (order_id, status, code, details, at)
    SELECT placed.id, step.* FROM placed CROSS JOIN (VALUES {rows}) AS step
)
SELECT id FROM placed
""",
    )


_DELIVERED = Statement(
    "insert_delivered_fulfilment",
    """
INSERT INTO orders_fulfilment (
    fulfilment_no, order_id, offer_id, supplier_id, quantity, status, cost, supplier_order_no,
    message, created_at, submitted_at, finished_at, query_count, needs_decision, first_unit,
    delivered_quantity, routing, is_slow)
VALUES (
    %(fulfilment_no)s, %(order)s, %(offer)s, %(supplier)s, %(quantity)s, 'succeeded', %(cost)s, '',
    '', now(), now(), now(), 0, false, 0, %(quantity)s, %(routing)s, false)
""",
)


def delivered_fulfilment(order: Order, *, delivery: Delivery, decision: Decision) -> Call:
    """The insert of the attempt that delivered all of an order from local stock, at once."""
    offer = decision.parts[0].offer
    return _DELIVERED.with_(
        {
            "fulfilment_no": delivery.fulfilment_no,
            "order": key_of(order),
            "offer": offer.offer_id,
            "supplier": offer.supplier_id,
            "quantity": order.quantity,
            "cost": delivery.cost,
            "routing": Json(decision.as_data()),
        }
    )


def insert_order(order: Order, *steps: Step, after: Sequence[Call] = ()) -> None:
    """Store a new order with its first timeline rows, and set its key unless it has one.

    `after` are calls to be run before it, in the same round trip.
    Raises IntegrityError `order_client_ref_once` when the client reference is taken.
    """
    params: dict[str, Any] = {
        name: value for name, value in vars(order).items() if not name.startswith("_")
    }
    params["id"] = key_of(order) if order.is_key_drawn else None
    params["account"] = Json(order.account)
    params["terms"] = Json(order.terms)
    for n, step in enumerate(steps):
        params |= {
            f"status_{n}": step.status,
            f"code_{n}": step.code,
            f"details_{n}": json.dumps(dict(step.details)),
            f"at_{n}": step.at,
        }
    with connection.cursor() as cursor:
        run_together(cursor, [*after, _insertion(len(steps)).with_(params)])
        order.pk = cursor.fetchone()[0]
    order._state.adding = False
