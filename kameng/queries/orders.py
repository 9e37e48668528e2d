"""An agent's own orders."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from django.db.models import Count, Q, QuerySet, Sum
from django.utils import timezone

from catalog.models import SKU, Category, DeliveryKind
from kameng.order_sources import Source, from_source
from orders.models import Channel, Order, OrderStatus
from ui.pages import MOST_COUNTED
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


@dataclass(frozen=True, slots=True)
class OrderQuery:
    """What is looked for: a status group, days, goods, where it came from, a text."""

    group: str = ""
    since: date | None = None
    until: date | None = None
    text: str = ""
    category: Category | None = None
    sku: str = ""
    kind: str = ""
    source: str = ""
    sort: str = ""


@dataclass(frozen=True, slots=True)
class Totals:
    """What was found, added up (CNY): `kept` is what was paid and not given back.

    Of the newest `MOST_COUNTED` when there are more: a sum over a million isn't for a page.
    """

    count: int
    total: Decimal
    refunded: Decimal

    @property
    def kept(self) -> Decimal:
        return self.total - self.refunded

    @property
    def is_capped(self) -> bool:
        return self.count > MOST_COUNTED


def find_orders(buyer: User, wanted: OrderQuery) -> QuerySet[Order]:
    """The buyer's orders that fit, newest first unless it says otherwise."""
    found = orders_of(buyer)
    if wanted.group in STATUS_GROUPS:
        found = found.filter(status__in=STATUS_GROUPS[wanted.group])
    if wanted.since:
        found = found.filter(created_at__gte=start_of(wanted.since))
    if wanted.until:
        found = found.filter(created_at__lt=start_of(wanted.until + timedelta(days=1)))
    if wanted.category:
        found = found.filter(
            sku__in=SKU.objects.filter(
                product__category__tree_id=wanted.category.tree_id,
                product__category__lft__gte=wanted.category.lft,
                product__category__rght__lte=wanted.category.rght,
            )
        )
    if wanted.sku:
        found = found.filter(sku__code=wanted.sku)
    if wanted.kind:
        found = found.filter(kind=wanted.kind)
    if wanted.source:
        found = from_source(found, Source(wanted.source))
    if wanted.text:
        found = found.filter(_says(wanted.text))
    return _sorted(found, wanted.sort)


def _says(text: str) -> Q:
    """An order number, a client reference, the start of a charged number, or part of a name.

    Digits that can only be a number aren't looked for in names, so that an index finds them.
    """
    number = "".join(text.split())
    is_ascii = number.isascii() and number.isdigit()
    if is_ascii and len(number) > 11:
        return Q(order_no__startswith=number) | Q(client_ref=number)
    is_reference = Q(order_no__startswith=number) | Q(client_ref=text)
    is_charged = Q(kind=DeliveryKind.TOPUP, account__phone__startswith=number)
    if is_ascii and len(number) == 11:
        return is_charged | is_reference
    return is_charged | is_reference | Q(product_name__icontains=text) | Q(sku_name__icontains=text)


def _sorted(found: QuerySet[Order], sort: str) -> QuerySet[Order]:
    match sort:
        case "oldest":
            return found.order_by("id")
        case "total":  # of the newest ones, so that a page never sorts a million
            newest = found.order_by("-id").values("pk")[:MOST_COUNTED]
            chosen = Order.objects.filter(pk__in=newest).select_related("sku__product")
            return chosen.order_by("-total", "-id")
    return found


def totals(found: QuerySet[Order]) -> Totals:
    """Count and sums of what was found, in one statement of bounded cost."""
    seen = found.order_by("-id")[: MOST_COUNTED + 1].aggregate(
        count=Count("pk"), total=Sum("total"), refunded=Sum("refunded")
    )
    nothing = Decimal(0)
    return Totals(seen["count"], seen["total"] or nothing, seen["refunded"] or nothing)


def start_of(day: date) -> datetime:
    """The first moment of a day where the shop is."""
    return timezone.make_aware(datetime.combine(day, time.min))
