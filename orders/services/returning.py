"""Giving money back: to the wallet at once, or through the gateway it came from.

Invariant: an order's `refunded` is the sum of its refund rows and never more than its total.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from django.db import transaction
from django.db.models import F, Sum
from django.utils import timezone

from ledger import accounts
from ledger import services as ledger
from ledger.models import EntryKind
from ledger.services import Line
from orders.books import books_of
from orders.channels import Reversal, channel
from orders.errors import NotRefundable
from orders.limits import uncount
from orders.locks import lock_order
from orders.models import Funding, Order, OrderStatus, Refund, ReplacementStatus
from orders.money import FEN, to_fen
from orders.state import note
from payments import services as payments
from payments.models import PaymentRefund, PaymentRefundStatus
from users import audit
from users.models import User


def give_back(
    order: Order,
    *,
    amount: Decimal,
    quantity: int,
    taken_from: Sequence[Line],
    reason: str,
    request_ref: str | None = None,
) -> Refund:
    """Return `amount` (CNY) of an order to where it came from, and write the timeline row.

    `taken_from` are the lines that the money comes out of. The caller holds the order's locks. A
    wallet has its money when the transaction commits; a gateway refund is queued, retried until
    confirmed, and its confirmation is a timeline row of its own.
    """
    refund = Refund.objects.create(
        order=order,
        amount=amount,
        quantity=quantity,
        destination=order.funding,
        reason=reason,
        request_ref=request_ref,
        confirmed_at=None if order.funding == Funding.GATEWAY else timezone.now(),
    )
    books = books_of(order)
    if order.funding == Funding.WALLET:
        assert order.wallet_id is not None, f"{order.order_no} was paid from no wallet"
        destination = books.wallet(order.wallet_id, amount)
        note(order, code="refunded_to_wallet", details={"amount": str(amount)})
    elif order.funding == Funding.POINTS:
        destination = channel(order.channel).pays(order, -amount)
        note(order, code="refunded_in_points", details={"amount": str(amount)})
    else:
        payment_refund = payments.refund(
            purpose="order", purpose_ref=order.order_no, amount=amount, reason=reason
        )
        refund.payment_refund_no = payment_refund.refund_no
        refund.save(update_fields=["payment_refund_no"])
        clearing = accounts.refund_clearing(payment_refund.receipt.gateway)
        destination = Line(clearing, amount, books.unit)
        note(order, code="refund_sent", details={"amount": str(amount)})
    ledger.post(
        reference=f"order:{order.order_no}:refund:{refund.pk}",
        kind=EntryKind.ORDER_REFUNDED,
        lines=[*taken_from, destination],
        memo=order.order_no,
    )
    Order.objects.filter(pk=order.pk).update(refunded=F("refunded") + amount)
    order.refunded += amount
    uncount(order, amount)
    return refund


def refundable(order: Order) -> Decimal:
    """How much (CNY) of a delivered order may go back now: all that is kept of it, less the share
    of the units that are being replaced. Nothing of one that wasn't delivered."""
    if not _is_delivered(order):
        return Decimal(0)
    being_replaced = total_share(order, _units_being_replaced(order))
    return max(order.total - order.refunded - being_replaced, Decimal(0))


def units_kept(order: Order) -> int:
    """How many units the buyer was given and has neither taken back nor being replaced."""
    if not _is_delivered(order):
        return 0
    taken_back = order.refunds.exclude(request_ref=None).aggregate(units=Sum("quantity"))["units"]
    return order.delivered_quantity - (taken_back or 0) - _units_being_replaced(order)


def total_share(order: Order, units: int) -> Decimal:
    """What `units` of an order cost its buyer (CNY, whole fen)."""
    return to_fen(order.total * units / order.quantity)


def _is_delivered(order: Order) -> bool:
    return order.status in (OrderStatus.COMPLETED, OrderStatus.PARTIALLY_COMPLETED)


def _units_being_replaced(order: Order) -> int:
    under_way = order.replacements.filter(status=ReplacementStatus.OPEN)
    return under_way.aggregate(units=Sum("quantity"))["units"] or 0


@transaction.atomic
def refund_order(
    *,
    order: Order,
    amount: Decimal,
    quantity: int,
    reason: str,
    actor: User | None,
    request_ref: str,
) -> Refund:
    """Refund (part of) a delivered order after the sale: staff's decision, audited.

    `amount` (CNY, whole fen) is at most `refundable`; commissions and points of it are taken back
    in the same transaction. Locks the order and its accounts. The same
    `request_ref` again gives the same refund back and moves nothing. Raises NotRefundable.
    """
    order = lock_order(order.pk)
    earlier = order.refunds.filter(request_ref=request_ref).first()
    if earlier is not None:
        return earlier
    kept = order.total - order.refunded
    most = refundable(order)
    if not 0 < amount <= most or amount != amount.quantize(FEN):
        raise NotRefundable.beyond(most)
    if not 0 <= quantity <= units_kept(order):
        raise NotRefundable(field="quantity")
    lines = channel(order.channel).on_refunded(order, Reversal(amount, kept))
    refund = give_back(
        order,
        amount=amount,
        quantity=quantity,
        taken_from=[books_of(order).revenue(-amount), *lines],
        reason=reason,
        request_ref=request_ref,
    )
    channel(order.channel).on_returned(order, refund)
    audit.record(
        actor=actor,
        action="refund_order",
        target=f"order:{order.order_no}",
        reason=reason,
        amount=str(amount),
    )
    return refund


@transaction.atomic
def mark_handled(*, order: Order, reason: str, actor: User | None) -> None:
    """Staff have looked at an order that needed a person: take it off their list, audited."""
    Order.objects.filter(pk=order.pk).update(needs_attention=False)
    audit.record(
        actor=actor, action="mark_handled", target=f"order:{order.order_no}", reason=reason
    )


# What a gateway refund's new status is called in the order's timeline; the last three end it.
_REFUND_NOTES = {
    PaymentRefundStatus.FAILED: "refund_refused",
    PaymentRefundStatus.REPLACED: "refund_sent_again",
    PaymentRefundStatus.DONE: "refund_confirmed",
    PaymentRefundStatus.BY_HAND: "refund_paid_by_hand",
    PaymentRefundStatus.IN_WALLET: "refund_paid_to_wallet",
}
_ARRIVED = (
    PaymentRefundStatus.DONE,
    PaymentRefundStatus.BY_HAND,
    PaymentRefundStatus.IN_WALLET,
)


def follow_gateway_refund(payment_refund: PaymentRefund) -> None:
    """A gateway refund of an order has another status: note it where the buyer reads it.

    A refused one waits for staff and shows the order among those to look at. Safe to repeat: what
    has arrived isn't noted again. Locks the refund.
    """
    first = payment_refund.original or payment_refund
    refund = (
        Refund.objects.select_for_update(of=("self",))
        .select_related("order")
        .get(payment_refund_no=first.refund_no)
    )
    if refund.confirmed_at is not None:
        return
    status = PaymentRefundStatus(payment_refund.status)
    details = {"amount": str(refund.amount)}
    if status in _ARRIVED:
        refund.confirmed_at = timezone.now()
        refund.save(update_fields=["confirmed_at"])
    if status == PaymentRefundStatus.BY_HAND:
        details["paid_on"] = str(payment_refund.handling.paid_on)
    if status == PaymentRefundStatus.FAILED:
        Order.objects.filter(pk=refund.order_id).update(needs_attention=True)
    note(refund.order, code=_REFUND_NOTES[status], details=details)
