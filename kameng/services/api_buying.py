"""Placing an order by a SKU's code, for an agent's program, list or schedule: one service for all.

What a key of the sandbox orders is an order of the sandbox, whoever calls.
"""

from __future__ import annotations

from django.db import transaction

from catalog.by_code import sku_by_code
from catalog.errors import UnknownSKU
from catalog.models import SKU
from catalog.queries import sellable_skus
from kameng.api.inputs import OrderRequest
from kameng.models import Agent, ApiKey
from kameng.queries.api import order_of_reference
from kameng.services.callbacks import ask_for_callback
from orders.models import Channel
from orders.services import Placed, place_order
from suppliers.practice import offer_for_practice


@transaction.atomic
def place_api_order(*, key: ApiKey, asked: OrderRequest) -> Placed:
    """Place an order, idempotent by `client_ref`, and remember whom to tell when it has ended.

    Raises what `orders.services.place_order` raises, and UnknownSKU. Locks what that locks.
    """
    buyer = key.agent.user
    sku = _sku(key, asked.sku, asked.client_ref)
    if key.is_sandbox:
        offer_for_practice(sku)
    placed = place_order(
        channel=key.channel,
        buyer=buyer,
        sku=sku,
        quantity=asked.quantity,
        client_ref=asked.client_ref,
        account=asked.account,
        max_unit_price=asked.max_unit_price,
        callback_url=asked.callback_url,
    )
    if placed.is_new and asked.callback_url:
        ask_for_callback(order=placed.order, key=key)
    return placed


@transaction.atomic
def place_portal_order(*, agent: Agent, asked: OrderRequest) -> Placed:
    """Place one order of an agent's list or schedule, idempotent by `client_ref`.

    Raises what `orders.services.place_order` raises, and UnknownSKU. Locks what that locks.
    """
    sku = sku_by_code(asked.sku)
    if sku is None or not sellable_skus().filter(pk=sku.pk).exists():
        raise UnknownSKU(field="sku")
    return place_order(
        channel=Channel.WHOLESALE,
        buyer=agent.user,
        sku=sku,
        quantity=asked.quantity,
        client_ref=asked.client_ref,
        account=asked.account,
        max_unit_price=asked.max_unit_price,
    )


def _sku(key: ApiKey, code: str, client_ref: str) -> SKU:
    """The SKU with this code, if it is on sale or was when this reference was first used."""
    sku = sku_by_code(code)
    if sku is not None and (
        sellable_skus().filter(pk=sku.pk).exists()
        or order_of_reference(key.agent, client_ref, channel=key.channel).exists()
    ):
        return sku
    raise UnknownSKU(field="sku")
