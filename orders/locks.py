"""The order of locks, written once: buyer's wallet and points → order → fulfilment → cards.

Whoever may post to a person's accounts locks them first, so that a purchase and a refund of the
same person can't wait for each other.
"""

from __future__ import annotations

from ledger import services as ledger
from orders.channels import channel
from orders.models import Fulfilment, Order


def lock_order(order_id: int) -> Order:
    """Lock an order and, before it, the accounts that its completion or refund may post to."""
    ledger.lock(channel_accounts(Order.objects.get(pk=order_id)))
    return Order.objects.select_for_update(no_key=True).get(pk=order_id)


def channel_accounts(order: Order) -> set[int]:
    accounts = set(channel(order.channel).guarded_accounts(order))
    if order.wallet_id:
        accounts.add(order.wallet_id)
    return accounts


def lock_fulfilment(fulfilment_id: int) -> tuple[Order, Fulfilment]:
    """Lock a fulfilment's order (with its accounts), then the fulfilment."""
    order_id = Fulfilment.objects.values_list("order_id", flat=True).get(pk=fulfilment_id)
    order = lock_order(order_id)
    fulfilment = (
        Fulfilment.objects.select_for_update(no_key=True, of=("self",))
        .select_related("supplier", "offer")
        .get(pk=fulfilment_id)
    )
    return order, fulfilment
