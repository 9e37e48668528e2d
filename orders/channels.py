"""The door between an order and the storefront that sold it (settings.ORDER_CHANNELS).

A channel prices an order, says who may buy and who pays, and is told — inside the same transaction
— that an order completed, ended or was refunded. What it has to post (commissions, points) it
returns as ledger lines, which go into the order's own journal entry: one event, one entry.
"""

from __future__ import annotations

import abc
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from typing import Any, ClassVar

from django.conf import settings
from django.utils.module_loading import import_string

from catalog.models import SKU
from database.prepared import Call
from ledger.models import Unit
from ledger.services import Line
from orders.limits import NO_LIMITS, Limits
from orders.models import Funding, Order, Refund, Replacement
from users.models import User


@dataclass(frozen=True, slots=True)
class Quote:
    """A price, and the rule that gave it. `unit_price` is CNY with at most 4 decimals.

    `terms` is what the channel must remember of the sale (JSON), kept on the order for good.
    `wallet_id` is the ledger account that pays when the order is paid from a wallet. `limits` are
    what this buyer may order in one order, a day and a month. `discount` is what the channel pays
    of the whole order (CNY): the buyer pays the rest, which is the order's total.
    `has_listeners` is False when nobody wants to hear of the payment, or of the end should it come
    at once; None when the channel must look then.
    """

    unit_price: Decimal
    rule: str
    terms: dict[str, Any] = field(default_factory=dict)
    wallet_id: int | None = None
    limits: Limits = NO_LIMITS
    has_listeners: bool | None = None
    discount: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Sale:
    """What of an order was delivered: `amount` is what the buyer pays for it, `cost` ours (CNY)."""

    quantity: int
    amount: Decimal
    cost: Decimal


@dataclass(frozen=True, slots=True)
class Earned:
    """What a sale earns others: `lines` for its journal entry, and the `rows` that say so.

    The rows are written with the order's own, in the same round trip.
    """

    lines: Sequence[Line] = ()
    rows: Sequence[Call] = ()


@dataclass(frozen=True, slots=True)
class Reversal:
    """A refund after completion: `amount` of `kept`, what had been kept of the order so far."""

    amount: Decimal
    kept: Decimal


class Channel(abc.ABC):
    """One storefront, as orders see it.

    `unit` is what its orders are paid in. A sandbox's orders go to sandbox suppliers and to no
    others; everybody else's never go there.
    """

    code: ClassVar[str]
    unit: ClassVar[Unit] = Unit.CNY
    is_sandbox: ClassVar[bool] = False

    @abc.abstractmethod
    def quote(
        self,
        *,
        buyer: User | None,
        sku: SKU,
        quantity: int,
        funding: Funding,
        points: int = 0,
        coupon: str = "",
    ) -> Quote:
        """Price `quantity` of a SKU for a buyer, who wants to spend `points` and a coupon on it.

        Raises a PersonError when this buyer may not buy this (not an agent, suspended). Reads
        only; locks nothing, so limits are told and not looked at.
        """

    def quote_again(self, order: Order, sku: SKU) -> Quote:
        """Today's quote for what was ordered, to be paid through a gateway; raises as `quote`."""
        return self.quote(
            buyer=order.buyer, sku=sku, quantity=order.quantity, funding=Funding.GATEWAY
        )

    def wallet_of(self, order: Order) -> int | None:
        """The wallet that the buyer of an unpaid order may pay it from; None: no wallet."""
        return None

    def pays(self, order: Order, amount: Decimal) -> Line:
        """What the channel pays itself of an order that is paid by points; negative: has back."""
        raise NotImplementedError(f"{self.code} takes no points for a whole order")

    def on_placed(self, order: Order) -> Sequence[Line]:
        """What the buyer gives besides money, now that the order counts: write the rows of it.

        Called again when an order that was cancelled is paid after all.
        """
        return ()

    def on_unsold(self, order: Order) -> Sequence[Line]:
        """The order failed or was cancelled: give back what `on_placed` took."""
        return ()

    @abc.abstractmethod
    def guarded_accounts(self, order: Order) -> Sequence[int]:
        """The wallets and points accounts that completing or refunding this order may post to.

        Orders lock them before anything else (wallet → order → cards).
        """

    @abc.abstractmethod
    def on_paid(self, order: Order) -> None:
        """The order was just placed and paid from a wallet. For telling somebody after commit.

        Not called when the quote said that there are no listeners.
        """

    @abc.abstractmethod
    def on_returned(self, order: Order, refund: Refund) -> None:
        """The money of a refund after completion is where it belongs. For telling somebody."""

    def on_replaced(self, order: Order, replacement: Replacement) -> None:
        """A replacement has ended, delivered or not: what it couldn't do is the channel's to mend.

        The order's locks are held; money moves through the services of orders only.
        """
        return

    @abc.abstractmethod
    def on_completed(self, order: Order, sale: Sale) -> Earned:
        """The order was delivered, wholly or partly: say what the channel adds to its books."""

    @abc.abstractmethod
    def on_finished(self, order: Order) -> None:
        """The order has ended, delivered or failed, and its money is where it belongs.

        For telling somebody after commit, never for moving money.
        """

    @abc.abstractmethod
    def on_refunded(self, order: Order, reversal: Reversal) -> Sequence[Line]:
        """A completed order was (partly) refunded: take back what `on_completed` gave, exactly."""


@cache
def channel(code: str) -> Channel:
    """The channel with this code."""
    implementation: type[Channel] = import_string(settings.ORDER_CHANNELS[code])
    return implementation()
