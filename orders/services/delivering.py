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
from catalog.stock import StockShort, seen_cards
from database.prepared import Call, run
from ledger import services as ledger
from ledger.services import NewEntry
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
    in_one: bool  # a top-up of many units is one charge

    @classmethod
    def of(
        cls, sku: SKU, *, unit_price: Decimal, account: dict[str, str], in_sandbox: bool
    ) -> Demand:
        product = sku.product
        is_topup = sku.kind == DeliveryKind.TOPUP
        is_slow = is_topup and product.speed == Speed.SLOW
        return cls(sku.pk, unit_price, account, product.carrier, is_slow, in_sandbox, is_topup)

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
            in_one=self.in_one,
        )


def deliver_now(
    order: Order,
    decision: Decision,
    *,
    payment: Sequence[NewEntry] = (),
    after: Sequence[Call] = (),
    in_steps: bool = False,
) -> bool:
    """Deliver all of an order from local stock, if that was decided; say whether it is finished.

    A new order needn't be stored yet: it is when it is finished, once, and else by the caller.
    `payment` is posted first and `after` is run, whatever comes of it.

    A new order whose cards lie together is done in one round trip, on what was seen of them; where
    that isn't true any more it raises CardsMoved, and is for the caller to do again `in_steps`.
    In steps, the decision is made without counting stock: when too few cards are left, nothing was
    taken, and `False` is for the caller to decide anew, with the stock counted.
    """
    first = decision.parts[0]
    is_local = len(decision.parts) == 1 and first.offer.is_local
    if is_local and not in_steps and not order.is_stored and first.offer.next_unit_cost is not None:
        _deliver_seen(order, decision, first.offer.next_unit_cost, payment=payment, after=after)
        return True
    before = [*ledger.postings(payment), *after]
    if not is_local:
        run(before)
        return False
    try:
        delivery = take_from_stock(order, first, after=before)
    except StockShort:
        return False
    attempt = delivered_fulfilment(order, delivery=delivery, decision=decision)
    complete(order, deliveries=[delivery], after=[attempt])
    return True


def _deliver_seen(
    order: Order,
    decision: Decision,
    unit_cost: Decimal,
    *,
    payment: Sequence[NewEntry],
    after: Sequence[Call],
) -> None:
    """All of a new order at once: its cards cost `unit_cost` each, or the database refuses it."""
    (part,) = decision.parts
    taking = local_adapter(part.offer.protocol).delivering(
        order_id=NEXT_ORDER, sku_id=order.sku_id, quantity=part.quantity, unit_cost=unit_cost
    )
    order.is_key_drawn = True
    delivery = _delivery(part, part.quantity, unit_cost * part.quantity)
    attempt = delivered_fulfilment(order, delivery=delivery, decision=decision)
    with seen_cards():
        complete(order, deliveries=[delivery], payment=payment, after=[*after, taking, attempt])


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
    order.pk, order.is_key_drawn = allocated.order_id, True
    return _delivery(part, allocated.quantity, allocated.cost)


def _delivery(part: Part, quantity: int, cost: Decimal) -> Delivery:
    return Delivery(
        fulfilment_no=new_number(),
        quantity=quantity,
        cost=cost,
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
