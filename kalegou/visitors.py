"""Who is visiting the shop: a member, or a guest known by the session."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.http import HttpRequest

from kalegou.errors import NotYourOrder
from kalegou.guest_links import opens
from kalegou.models import Member
from kalegou.services.members import ensure_member
from orders.models import Channel, Order
from users.models import User

GUEST_KEY = "guest_key"
OPENED_ORDERS = "opened_orders"
OPENED_KEPT = 50


@dataclass(frozen=True, slots=True)
class Visitor:
    """`guest_key` is the session's own, empty when this session never bought as a guest."""

    user: User | None
    member: Member | None
    guest_key: str
    opened_orders: tuple[str, ...]

    def orders(self) -> QuerySet[Order]:
        """Retail orders of this person and of this session, newest first."""
        mine = Q(buyer_key=f"g{self.guest_key}") if self.guest_key else Q(pk__in=[])
        if self.user:
            mine |= Q(buyer=self.user)
        return Order.objects.filter(mine, channel=Channel.RETAIL).order_by("-pk")


def visitor_of(request: HttpRequest) -> Visitor:
    """The visitor; a logged-in person becomes a member by coming here."""
    user = request.user if request.user.is_authenticated else None
    assert user is None or isinstance(user, User)
    return Visitor(
        user=user,
        member=ensure_member(user) if user else None,
        guest_key=str(request.session.get(GUEST_KEY, "")),
        opened_orders=tuple(request.session.get(OPENED_ORDERS, ())),
    )


def new_guest_key() -> str:
    return secrets.token_hex(16)


def keep_guest_key(request: HttpRequest, key: str) -> None:
    """Remember in the session that it placed orders as this guest."""
    if request.session.get(GUEST_KEY) != key:
        request.session[GUEST_KEY] = key


def keep_opened(request: HttpRequest, order_no: str) -> None:
    """Remember that this session opened a guest's order by its link."""
    opened = [no for no in request.session.get(OPENED_ORDERS, ()) if no != order_no]
    request.session[OPENED_ORDERS] = [*opened, order_no][-OPENED_KEPT:]


def order_for(visitor: Visitor, order_no: str, *, key: str = "") -> Order:
    """A retail order that this visitor may see; raises NotYourOrder for any other number.

    A member's order is the member's alone. A guest's is the session's that bought it, and of
    whoever holds its link.
    """
    order = (
        Order.objects.select_related("sku__product")
        .filter(order_no=order_no, channel=Channel.RETAIL)
        .first()
    )
    if order is None:
        raise NotYourOrder
    if order.buyer_id is not None:
        is_allowed = visitor.user is not None and order.buyer_id == visitor.user.pk
    else:
        is_allowed = (
            (bool(visitor.guest_key) and order.buyer_key == f"g{visitor.guest_key}")
            or order_no in visitor.opened_orders
            or (bool(key) and opens(order_no, key))
        )
    if not is_allowed:
        raise NotYourOrder
    return order
