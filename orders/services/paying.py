"""An order that waits for its payment: paid one way or another, or cancelled."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from catalog.authorisation import is_on_shelf
from catalog.models import SKU
from ledger import services as ledger
from ledger.models import EntryKind
from orders.books import books_of
from orders.channels import channel
from orders.errors import NotCancellable, NotPayable
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
    if not is_on_shelf(sku):
        return False
    try:
        quote = channel(order.channel).quote_again(order, sku)
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
        take_in_kind(order, reference=f"order:{order.order_no}:paid_late")
    _go_on(order)


def _go_on(order: Order) -> None:
    """Deliver a paid order from stock at once, or hand it over; sold out, the money goes back."""
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
    lines = channel(order.channel).on_unsold(order)
    if lines:
        ledger.post(
            reference=f"order:{order.order_no}:cancelled",
            kind=EntryKind.ORDER_REFUNDED,
            lines=lines,
            memo=order.order_no,
        )
    return order


@transaction.atomic
def pay_from_wallet(*, order_id: int) -> Order:
    """Pay an order that waits for its payment from the buyer's wallet, at the price it was placed.

    From then on it is an order paid from the wallet: a refund goes there. A gateway payment for it
    that still arrives goes back by itself. Locks the wallet, then the order. Raises NotPayable
    when it needs no payment or its buyer has no wallet, InsufficientBalance when that is too low.
    """
    order = lock_order(order_id)
    wallet_id = channel(order.channel).wallet_of(order)
    if order.status != OrderStatus.AWAITING_PAYMENT or wallet_id is None:
        raise NotPayable
    books = books_of(order)
    ledger.post(
        reference=f"order:{order.order_no}:paid",
        kind=EntryKind.ORDER_PLACED,
        lines=[books.wallet(wallet_id, -order.total), books.escrow(order.total)],
        memo=order.order_no,
    )
    now = timezone.now()
    move(
        order,
        OrderStatus.PAID,
        code="paid",
        paid_at=now,
        next_sweep_at=now,
        funding=Funding.WALLET.value,
        wallet_id=wallet_id,
    )
    _go_on(order)
    return order


def take_in_kind(order: Order, *, reference: str) -> None:
    """Take what the buyer gives besides money, for an order whose money comes another way."""
    lines = channel(order.channel).on_placed(order)
    if lines:
        ledger.post(
            reference=reference, kind=EntryKind.ORDER_PLACED, lines=lines, memo=order.order_no
        )
