"""Who is visiting the shop: a member, or a guest known by the session."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.http import HttpRequest

from kalegou.errors import NotYourOrder
from kalegou.guest_links import opens
from kalegou.models import Member
from kalegou.services import ensure_member
from orders.models import OPEN_STATUSES, Channel, Order, OrderStatus
from users.models import User

GUEST_KEYS = "guest_keys"
DRAFT_KEYS = "draft_keys"
OPENED_ORDERS = "opened_orders"
KEPT = 50


@dataclass(frozen=True, slots=True)
class Visitor:
    """`guest_keys` belong to the orders that this session placed as a guest.

    `draft_keys` belong to what it chose and may still order. They are kept apart, so that looking
    around never pushes an order out.
    """

    user: User | None
    member: Member | None
    guest_keys: tuple[str, ...]
    draft_keys: tuple[str, ...]
    opened_orders: tuple[str, ...]

    def holds(self, guest_key: str) -> bool:
        """Whether this session made the draft, or the order, that a guest's key belongs to."""
        return guest_key in self.draft_keys or guest_key in self.guest_keys

    def orders(self) -> QuerySet[Order]:
        """Retail orders of this person and of this session, newest first."""
        mine = Q(buyer_key__in=[f"g{key}" for key in self.guest_keys])
        if self.user:
            mine |= Q(buyer=self.user)
        return Order.objects.filter(mine, channel=Channel.RETAIL).order_by("-pk")

    def latest_open_order(self) -> Order | None:
        """The newest order that is still to be paid or under way, to be found again at once."""
        if self.user is None and not self.guest_keys:
            return None
        return (
            self.orders()
            .filter(status__in=[OrderStatus.AWAITING_PAYMENT, *OPEN_STATUSES])
            .select_related("sku__product")
            .first()
        )


def visitor_of(request: HttpRequest) -> Visitor:
    """The visitor; a logged-in person becomes a member by coming here."""
    user = request.user if request.user.is_authenticated else None
    assert user is None or isinstance(user, User)
    # The one thing that a visit writes, once for each person.
    member = ensure_member(user) if user else None
    return Visitor(
        user=user,
        member=member,
        guest_keys=tuple(request.session.get(GUEST_KEYS, ())),
        draft_keys=tuple(request.session.get(DRAFT_KEYS, ())),
        opened_orders=tuple(request.session.get(OPENED_ORDERS, ())),
    )


def keep_guest_key(request: HttpRequest, key: str) -> None:
    """Remember in the session that it placed this guest's order."""
    _keep(request, GUEST_KEYS, key)


def keep_draft_key(request: HttpRequest, key: str) -> None:
    """Remember in the session that it made this draft."""
    _keep(request, DRAFT_KEYS, key)


def keep_opened(request: HttpRequest, order_no: str) -> None:
    """Remember that this session opened a guest's order by its link."""
    _keep(request, OPENED_ORDERS, order_no)


def _keep(request: HttpRequest, name: str, value: str) -> None:
    kept = [other for other in request.session.get(name, ()) if other != value]
    request.session[name] = [*kept, value][-KEPT:]


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
            order.buyer_key.removeprefix("g") in visitor.guest_keys
            or order_no in visitor.opened_orders
            or (bool(key) and opens(order_no, key))
        )
    if not is_allowed:
        raise NotYourOrder
    return order
