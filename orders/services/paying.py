"""An order that waits for its payment: paid, or cancelled."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from catalog.models import SKU
from orders.channels import channel
from orders.errors import NotCancellable
from orders.limits import count_again, uncount
from orders.locks import lock_order
from orders.models import Funding, Order, OrderStatus
from orders.services.completing import fail
from orders.services.delivering import Demand, deliver_now
from orders.services.hinting import hint_fulfil
from orders.state import move
from users.errors import PersonError


def may_still_be_paid(order: Order) -> bool:
    """Whether money that arrives now is accepted for this order.

    A cancelled order is revived when the goods are still on sale at its price or below; otherwise
    the money goes back. The caller holds the order's lock.
    """
    if order.status == OrderStatus.AWAITING_PAYMENT:
        return True
    if order.status != OrderStatus.CANCELLED:
        return False
    sku = SKU.objects.select_related("product").get(pk=order.sku_id)
    if not (sku.is_on_sale and sku.product.is_on_sale):
        return False
    try:
        quote = channel(order.channel).quote(
            buyer=order.buyer, sku=sku, quantity=order.quantity, funding=Funding.GATEWAY
        )
    except PersonError:
        return False
    return quote.unit_price <= order.unit_price


def mark_paid(order: Order) -> None:
    """The order's money is in escrow: deliver from stock at once, or hand over to the workers.

    The caller (settling a payment) holds the order's locks. When the last card went in the
    meantime and there is no other offer, the money goes back in the same transaction.
    """
    is_late = order.status == OrderStatus.CANCELLED
    now = timezone.now()
    move(
        order,
        OrderStatus.PAID,
        code="paid_late" if is_late else "paid",
        paid_at=now,
        finished_at=None,
        next_sweep_at=now,
    )
    if is_late:
        count_again(order)
    decision = Demand.of_order(order).route(order.quantity, with_stock=True)
    if not decision.parts:
        Order.objects.filter(pk=order.pk).update(unrouted=decision.as_data())
        fail(order, code="sold_out_meanwhile")
    elif not deliver_now(order, decision):
        hint_fulfil(order)


@transaction.atomic
def cancel_unpaid(*, order_id: int, by_buyer: bool = False) -> Order:
    """Cancel an order that nobody paid. No money moves. Locks the order.

    Safe to repeat; raises NotCancellable when it was paid in the meantime.
    """
    order = lock_order(order_id)
    if order.status == OrderStatus.CANCELLED:
        return order
    if order.status != OrderStatus.AWAITING_PAYMENT:
        raise NotCancellable
    move(
        order,
        OrderStatus.CANCELLED,
        code="cancelled_by_buyer" if by_buyer else "cancelled_unpaid",
        finished_at=timezone.now(),
        next_sweep_at=None,
    )
    uncount(order, order.total)
    return order
