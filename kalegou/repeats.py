"""One-click top-up: what was topped up before, at today's price, and what changed since. Reads."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.utils import timezone

from catalog.models import SKU, DeliveryKind
from catalog.queries import sellable_skus
from kalegou.availability import Choice, choices
from kalegou.drafts import Draft
from kalegou.promises import delivery_time
from kalegou.recent_numbers import Recent
from kalegou.visitors import Visitor
from orders.models import Order, OrderStatus
from orders.money import total_of

SHOWN = 3
_ORDERS_READ = 40
# The same for the same number within this time was perhaps meant once.
TWIN_WITHIN = timedelta(minutes=10)
_NOT_WANTED = (OrderStatus.CANCELLED, OrderStatus.AWAITING_PAYMENT)


@dataclass(frozen=True, slots=True)
class Repeat:
    """A number with what it got last, to be had again at `price` (CNY)."""

    order_no: str
    phone: str
    label: str
    choice: Choice
    quantity: int  # more than one: an amount that was typed

    @property
    def face(self) -> Decimal:
        return self.choice.sku.face_value * self.quantity

    @property
    def price(self) -> Decimal:
        return total_of(self.choice.price, self.quantity)

    @property
    def sku(self) -> SKU:
        return self.choice.sku

    @property
    def time(self) -> object:
        return delivery_time(DeliveryKind.TOPUP, self.choice.sku.product.speed)


def repeats(visitor: Visitor, recent: Sequence[Recent], *, most: int = SHOWN) -> list[Repeat]:
    """The last top-up of each of these numbers that can be had now. Three queries, or none."""
    names = {one.phone: one.label for one in recent}
    if not names:
        return []
    orders = (
        visitor.orders()
        .filter(kind=DeliveryKind.TOPUP, account__phone__in=list(names))
        .exclude(status__in=_NOT_WANTED)
        .only("order_no", "account", "sku_id", "quantity")[:_ORDERS_READ]
    )
    last: dict[str, Order] = {}
    for order in orders:
        last.setdefault(order.account["phone"], order)
    found = _choices((order.sku_id for order in last.values()), visitor)
    return [
        Repeat(
            last[phone].order_no,
            phone,
            label,
            found[last[phone].sku_id],
            last[phone].quantity,
        )
        for phone, label in names.items()
        if phone in last and last[phone].sku_id in found
    ][:most]


def _choices(sku_ids: Iterable[int], visitor: Visitor) -> dict[int, Choice]:
    wanted = list(dict.fromkeys(sku_ids))
    if not wanted:
        return {}
    found = choices(sellable_skus().filter(pk__in=wanted), visitor.member)
    return {one.sku.pk: one for one in found if one.is_available}


@dataclass(frozen=True, slots=True)
class News:
    """What a person should know before confirming: the price of last time, and a twin just made."""

    before: Decimal | None = None
    before_at: datetime | None = None
    now: Decimal = Decimal(0)
    twin: Order | None = None

    @property
    def has_risen(self) -> bool:
        return self.before is not None and self.now > self.before

    @property
    def has_fallen(self) -> bool:
        return self.before is not None and self.now < self.before


def news_of(draft: Draft, choice: Choice, visitor: Visitor) -> News:
    """At most two queries, for top-ups only: a card may well be wanted twice."""
    if choice.sku.kind != DeliveryKind.TOPUP or not (visitor.user or visitor.guest_keys):
        return News()
    twin = (
        visitor.orders()
        .filter(
            sku=choice.sku,
            account=draft.account,
            quantity=draft.quantity,
            created_at__gt=timezone.now() - TWIN_WITHIN,
        )
        .exclude(status__in=[OrderStatus.CANCELLED, OrderStatus.FAILED])
        .exclude(client_ref=draft.client_ref)
        .first()
    )
    before = visitor.orders().filter(order_no=draft.repeats).first() if draft.repeats else None
    return News(
        before=total_of(before.unit_price, draft.quantity)
        if before and before.sku_id == choice.sku.pk
        else None,
        before_at=before.created_at if before else None,
        now=total_of(choice.price, draft.quantity),
        twin=twin,
    )
