"""Placing an order: from what a buyer asked for to an order that is paid (or waits to be).

place_order
  → channel.quote           the price, and whether this buyer may buy this
  → suppliers.routing       can anybody deliver it, and who?
  → _payment                wallet → escrow, the one row lock
  → limits.counting         for a buyer with a daily or monthly limit: is there room?
  → delivering.deliver_now  local cards, in the same round trip; the order is stored completed
  → or the order is stored paid, with a hint to the workers after commit
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from structlog import contextvars

from catalog.accounts import clean_account
from catalog.authorisation import is_on_shelf
from catalog.errors import UnknownSKU
from catalog.models import SKU, DeliveryKind
from catalog.stock import CardsMoved
from database.prepared import run
from ledger import services as ledger
from ledger.models import EntryKind
from ledger.services import NewEntry
from orders.books import books_of
from orders.channels import Quote, channel
from orders.errors import (
    ClientRefInvalid,
    IdempotencyConflict,
    PriceChanged,
    QuantityInvalid,
)
from orders.limits import counting
from orders.models import Funding, Order, OrderStatus
from orders.money import total_of
from orders.services.delivering import Demand, deliver_now, must_be_deliverable
from orders.services.hinting import hint_fulfil
from orders.services.paying import take_in_kind
from orders.sql import Step, insert_order
from outbound.numbers import new_number
from payments.services import PAYMENT_WINDOW
from users.errors import PersonError
from users.models import User

_CLIENT_REF = re.compile(r"[A-Za-z0-9_.:\-]{1,64}")


@dataclass(frozen=True, slots=True)
class Placed:
    """`is_new` is False when the same request had been placed before: this is that order."""

    order: Order
    is_new: bool


def place_order(
    *,
    channel: str,
    buyer: User | None,
    sku: SKU,
    quantity: int,
    client_ref: str,
    account: Mapping[str, object] | None = None,
    funding: Funding = Funding.WALLET,
    guest_key: str = "",
    max_unit_price: Decimal | None = None,
    callback_url: str = "",
    points: int = 0,
    coupon: str = "",
) -> Placed:
    """Place one order: one SKU × quantity for one buyer, in one transaction.

    Paid from a wallet, it comes back completed (local cards) or paid and on its way to a supplier;
    to be paid through a gateway, it waits for payment and holds no stock.

    Idempotent: the same buyer and `client_ref` give the same order back, whatever has changed
    since; with other content they raise IdempotencyConflict. Locks the buyer's wallet, then card
    lanes. `points` and the `coupon` of the buyer are spent on it, where the channel takes them.
    Raises a PersonError and charges nothing when the buyer may not buy, the input is wrong, the
    price rose above `max_unit_price`, the wallet is too low, or nobody can deliver.
    """
    if not _CLIENT_REF.fullmatch(client_ref):
        raise ClientRefInvalid(field="client_ref")
    request = _Request(
        channel=channel,
        buyer=buyer,
        buyer_key=f"u{buyer.pk}" if buyer else f"g{guest_key}",
        sku=sku,
        quantity=quantity,
        client_ref=client_ref,
        account={str(name): value for name, value in (account or {}).items()},
        funding=funding,
        max_unit_price=max_unit_price,
        callback_url=callback_url,
        points=points,
        coupon=coupon,
    )
    try:
        return Placed(_place_once(request), is_new=True)
    except (PersonError, IntegrityError) as refusal:
        if isinstance(refusal, IntegrityError) and "order_client_ref_once" not in str(refusal):
            raise
        # Looked up only now: a first request, the usual case, doesn't pay for the question.
        earlier = Order.objects.filter(
            buyer_key=request.buyer_key, channel=channel, client_ref=client_ref
        ).first()
        if earlier is None:
            raise
        if earlier.request_digest != _digest(request, _account(request)):
            raise IdempotencyConflict(field="client_ref") from refusal
        return Placed(earlier, is_new=False)


@dataclass(frozen=True, slots=True)
class _Request:
    channel: str
    buyer: User | None
    buyer_key: str
    sku: SKU
    quantity: int
    client_ref: str
    account: Mapping[str, object]
    funding: Funding
    max_unit_price: Decimal | None
    callback_url: str
    points: int
    coupon: str


def _digest(request: _Request, account: Mapping[str, str]) -> str:
    """What makes a repeat the same: goods, quantity, account, whom to tell, points, coupon.

    Over the cleaned account: a number with or without blanks or +86 is the same.
    """
    content: list[object] = [request.sku.code, request.quantity, sorted(account.items())]
    content.append(request.callback_url)
    if request.points:
        content.append(request.points)
    if request.coupon:
        content.append(request.coupon)
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


def _place_once(request: _Request) -> Order:
    try:
        with transaction.atomic():
            return _place(request)
    except CardsMoved:  # others were faster, and nothing has happened: now step by step
        with transaction.atomic():
            return _place(request, in_steps=True)


def _place(request: _Request, *, in_steps: bool = False) -> Order:
    sku, quantity = request.sku, request.quantity
    account = _check(request)
    shop = channel(request.channel)
    quote = shop.quote(
        buyer=request.buyer,
        sku=sku,
        quantity=quantity,
        funding=request.funding,
        points=request.points,
        coupon=request.coupon,
    )
    if request.max_unit_price is not None and quote.unit_price > request.max_unit_price:
        raise PriceChanged(unit_price=quote.unit_price)
    demand = Demand.of(
        sku, unit_price=quote.unit_price, account=account, in_sandbox=shop.is_sandbox
    )
    # An order to be paid later holds no stock, but isn't taken when there isn't enough of it.
    is_paid_later = request.funding == Funding.GATEWAY
    decision = demand.route(quantity, with_stock=is_paid_later)
    must_be_deliverable(decision)
    order = _order(request, quote, account)
    contextvars.bind_contextvars(order_no=order.order_no)
    quote.limits.must_allow_one(order.total)
    if is_paid_later:
        _count_unpaid(order, quote)
        take_in_kind(order, reference=f"order:{order.order_no}:placed")
        insert_order(order, Step(order.status, "placed", at=order.created_at))
        return order
    with ledger.refusals(), quote.limits.refusals():
        is_delivered = deliver_now(
            order,
            decision,
            payment=[_payment(order, quote)],
            # Behind the wallet's row lock: two orders at once can't both take what is left.
            after=[counting(order, quote.limits)] if quote.limits.are_counted else (),
            in_steps=in_steps,
        )
    if not is_delivered:
        if any(part.offer.is_local for part in decision.parts):  # too few of them are left
            must_be_deliverable(demand.route(quantity, with_stock=True))
        _hand_over(order)
    if order.has_listeners is not False:
        shop.on_paid(order)
    return order


def _hand_over(order: Order) -> None:
    """Store a paid order for the workers, and for the sweeper should the hint be lost."""
    order.next_sweep_at = order.created_at
    insert_order(order, Step(order.status, "paid", at=order.created_at))
    hint_fulfil(order)


def _check(request: _Request) -> dict[str, str]:
    """Refuse what can't be sold this way; return the cleaned account fields."""
    sku, quantity = request.sku, request.quantity
    if not is_on_shelf(sku):
        raise UnknownSKU
    if not sku.min_quantity <= quantity <= sku.max_quantity:
        raise QuantityInvalid(
            _("Choose a quantity between %(min)d and %(max)d.")
            % {"min": sku.min_quantity, "max": sku.max_quantity},
            field="quantity",
        )
    return _account(request)


def _account(request: _Request) -> dict[str, str]:
    """The cleaned account fields; raises AccountInvalid."""
    if request.sku.kind == DeliveryKind.CARD and not request.account:
        return {}
    return clean_account(list(request.sku.product.account_fields.all()), request.account)


def _order(request: _Request, quote: Quote, account: dict[str, str]) -> Order:
    sku = request.sku
    now = timezone.now()
    is_paid = request.funding != Funding.GATEWAY
    order = Order(
        order_no=new_number(),
        channel=request.channel,
        buyer=request.buyer,
        buyer_key=request.buyer_key,
        client_ref=request.client_ref,
        request_digest=_digest(request, account),
        sku=sku,
        product_name=sku.product.name,
        sku_name=sku.name,
        kind=sku.kind,
        face_value=sku.face_value,
        account=account,
        quantity=request.quantity,
        unit_price=quote.unit_price,
        total=total_of(quote.unit_price, request.quantity) - quote.discount,
        price_rule=quote.rule,
        terms=quote.terms,
        callback_url=request.callback_url,
        funding=request.funding,
        wallet_id=quote.wallet_id if request.funding == Funding.WALLET else None,
        status=OrderStatus.PAID if is_paid else OrderStatus.AWAITING_PAYMENT,
        created_at=now,
        paid_at=now if is_paid else None,
        pay_before=None if is_paid else now + PAYMENT_WINDOW,
        next_sweep_at=None if is_paid else now + PAYMENT_WINDOW,
    )
    order.has_listeners = quote.has_listeners
    return order


def _payment(order: Order, quote: Quote) -> NewEntry:
    """The entry that takes the order's total from who pays it: the row lock comes first."""
    shop, books = channel(order.channel), books_of(order)
    if order.funding == Funding.POINTS:
        payer = shop.pays(order, order.total)
    else:
        assert quote.wallet_id is not None, f"{order.channel} quoted no wallet"
        payer = books.wallet(quote.wallet_id, -order.total)
    return NewEntry(
        reference=f"order:{order.order_no}:placed",
        kind=EntryKind.ORDER_PLACED,
        lines=[payer, books.escrow(order.total), *shop.on_placed(order)],
        memo=order.order_no,
    )


def _count_unpaid(order: Order, quote: Quote) -> None:
    """Count an order that takes nothing from the wallet yet, behind the same lock."""
    if quote.limits.are_counted:
        if quote.wallet_id is not None:
            ledger.lock([quote.wallet_id])
        with quote.limits.refusals():
            run([counting(order, quote.limits)])
