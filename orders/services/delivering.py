"""From a paid order to a delivery: local stock at once, everything else through the workers.

`deliver_now` works inside the paying transaction. What it can't finish is for the workers
(orders/services/sourcing.py, sending.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from catalog.errors import OutOfStock
from catalog.models import SKU, DeliveryKind, Speed
from catalog.stock import StockShort
from database.prepared import Call, run
from orders.channels import channel
from orders.deliveries import Delivery
from orders.errors import QuantityUndeliverable, SupplierClosed
from orders.models import Order
from orders.services.completing import complete
from orders.sql import NEXT_ORDER, delivered_fulfilment
from outbound.numbers import new_number
from suppliers.candidates import route
from suppliers.registry import local_adapter
from suppliers.routing import Decision, Part
from users.errors import PersonError


@dataclass(frozen=True, slots=True)
class Demand:
    """What routing must know of an order, or of one that is about to be placed."""

    sku_id: int
    unit_price: Decimal
    account: dict[str, str]
    carrier: str
    is_slow: bool
    in_sandbox: bool

    @classmethod
    def of(
        cls, sku: SKU, *, unit_price: Decimal, account: dict[str, str], in_sandbox: bool
    ) -> Demand:
        product = sku.product
        is_slow = sku.kind == DeliveryKind.TOPUP and product.speed == Speed.SLOW
        return cls(sku.pk, unit_price, account, product.carrier, is_slow, in_sandbox)

    @classmethod
    def of_order(cls, order: Order) -> Demand:
        return cls.of(
            SKU.objects.select_related("product").get(pk=order.sku_id),
            unit_price=order.unit_price,
            account=order.account,
            in_sandbox=channel(order.channel).is_sandbox,
        )

    def route(
        self, quantity: int, *, tried: frozenset[int] = frozenset(), with_stock: bool
    ) -> Decision:
        return route(
            sku_id=self.sku_id,
            quantity=quantity,
            unit_price=self.unit_price,
            account=self.account,
            carrier=self.carrier,
            tried=tried,
            with_stock=with_stock,
            in_sandbox=self.in_sandbox,
        )


def deliver_now(order: Order, decision: Decision, *, after: Sequence[Call] = ()) -> bool:
    """Deliver all of an order from local stock, if that was decided; say whether it is finished.

    A new order needn't be stored yet: it is when it is finished, once, and else by the caller.
    `after` are calls to be run before, whatever comes of it. The decision is made without counting
    stock: when too few cards are left, nothing was taken, and `False` is for the caller to decide
    anew, with the stock counted.
    """
    first = decision.parts[0]
    if len(decision.parts) > 1 or not first.offer.is_local:
        run(after)
        return False
    try:
        delivery = take_from_stock(order, first, after=after)
    except StockShort:
        return False
    attempt = delivered_fulfilment(order, delivery=delivery, decision=decision)
    complete(order, deliveries=[delivery], after=[attempt])
    return True


def take_from_stock(order: Order, part: Part, *, after: Sequence[Call] = ()) -> Delivery:
    """Hand cards of local stock to an order; raises StockShort, having taken nothing.

    An order that isn't stored yet gets its key.

    The margin guard is exact here: each card has its own cost.
    """
    allocated = local_adapter(part.offer.protocol).deliver(
        order_id=order.pk or NEXT_ORDER,
        sku_id=order.sku_id,
        quantity=part.quantity,
        most_unit_cost=None if part.offer.allows_loss else order.unit_price,
        after=after,
    )
    order.pk = allocated.order_id
    return Delivery(
        fulfilment_no=new_number(),
        quantity=allocated.quantity,
        cost=allocated.cost,
        source=part.offer.supplier_code,
        protocol=part.offer.protocol,
    )


def must_be_deliverable(decision: Decision) -> None:
    """Raise what the buyer is told when nobody can deliver: nothing was charged."""
    if decision.parts:
        return
    raise _refusal(decision)


def _refusal(decision: Decision) -> PersonError:
    said = {verdict.reason: verdict.details for verdict in decision.verdicts}
    if "stock_short" in said:
        return OutOfStock(field="quantity")
    if said.keys() & {"quantity_too_large", "quantity_too_small", "does_not_add_up"}:
        return QuantityUndeliverable(field="quantity")
    return SupplierClosed()
