"""Buying in the shop: place the order, and send the person to pay for it."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from catalog.models import SKU
from kalegou.contacts import Contact
from kalegou.errors import NothingToPay
from kalegou.services.contacts import keep_contact
from kalegou.services.members import ensure_member
from kalegou.services.numbers import remember_number
from orders.models import Funding, Order, OrderStatus
from orders.services import Placed, place_order
from payments import services as payments
from payments.models import Payment
from payments.services import PayerAt
from users.models import User

CHANNEL = "retail"
WALLET = Funding.WALLET.value


def buy(
    *,
    buyer: User | None,
    guest_key: str,
    sku: SKU,
    quantity: int,
    account: Mapping[str, str],
    client_ref: str,
    payment: str,
    seen_price: Decimal | None,
    carrier: str | None = None,
    points: int = 0,
    contact: Contact | None = None,
    coupon: str = "",
) -> Placed:
    """Place one retail order, to be paid from the wallet or through the gateway `payment`.

    `seen_price` (CNY, one unit) is what the page showed: a price that rose since is refused.
    `points` and a `coupon` of the member's pay a part of it. `carrier` is kept with the number
    (remember_number). `contact` is what a guest leaves to find the order again. Idempotent by
    `client_ref`.
    Raises what orders.services.place_order raises; nothing is charged then.
    """
    member = ensure_member(buyer) if buyer else None
    placed = place_order(
        channel=CHANNEL,
        buyer=buyer,
        sku=sku,
        quantity=quantity,
        client_ref=client_ref,
        account=account,
        funding=Funding.WALLET if payment == WALLET else Funding.GATEWAY,
        guest_key="" if buyer else guest_key,
        max_unit_price=seen_price,
        points=points,
        coupon=coupon,
    )
    if contact:
        keep_contact(order=placed.order, contact=contact)
    if member and (phone := placed.order.account.get("phone")):
        remember_number(member=member, phone=phone, carrier=carrier)
    return placed


def pay(*, order: Order, gateway: str, return_path: str, payer_at: PayerAt) -> Payment:
    """Open (or find again) the gateway payment of an unpaid order: where the person pays.

    Raises NothingToPay, and what payments.services.start raises; nothing is charged then.
    """
    if order.status != OrderStatus.AWAITING_PAYMENT:
        raise NothingToPay
    return payments.start(
        purpose="order",
        purpose_ref=order.order_no,
        payer=order.buyer,
        amount=order.total,
        gateway=gateway,
        subject=f"{order.product_name} {order.sku_name}",
        return_path=return_path,
        expires_at=order.pay_before,
        payer_at=payer_at,
    )
