"""An agent's own orders."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone

from orders.models import Channel, Order, OrderStatus
from users.models import User

# What a person filters by, and the statuses behind it.
STATUS_GROUPS: dict[str, tuple[OrderStatus, ...]] = {
    "open": (OrderStatus.PAID, OrderStatus.FULFILLING),
    "completed": (OrderStatus.COMPLETED, OrderStatus.PARTIALLY_COMPLETED),
    "failed": (OrderStatus.FAILED,),
}


def orders_of(buyer: User, channel: Channel = Channel.WHOLESALE) -> QuerySet[Order]:
    """Newest first, with the goods loaded."""
    own = Order.objects.filter(buyer=buyer, channel=channel)
    return own.select_related("sku__product").order_by("-id")


def find_orders(
    buyer: User,
    *,
    group: str = "",
    since: date | None = None,
    until: date | None = None,
    text: str = "",
) -> QuerySet[Order]:
    """The buyer's orders, newest first: of a status group, placed between two days, by text.

    The text is an order number, a client reference, the start of a charged number, or part of a
    name of the goods.
    """
    found = orders_of(buyer)
    if group in STATUS_GROUPS:
        found = found.filter(status__in=STATUS_GROUPS[group])
    if since:
        found = found.filter(created_at__gte=start_of(since))
    if until:
        found = found.filter(created_at__lt=start_of(until + timedelta(days=1)))
    if text:
        number = "".join(text.split())
        found = found.filter(
            Q(order_no__startswith=number)
            | Q(client_ref=text)
            | Q(account__phone__startswith=number)
            | Q(product_name__icontains=text)
            | Q(sku_name__icontains=text)
        )
    return found


def start_of(day: date) -> datetime:
    """The first moment of a day where the shop is."""
    return timezone.make_aware(datetime.combine(day, time.min))
