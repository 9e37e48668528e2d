"""Limits of what one buyer orders: one order, a day, a month (domain.md, Compliance).

A channel says in its quote which limits hold. One order is looked at in Python. The day and the
month are counted in a row of the buyer's own, `Spending`, whose CHECK refuses what goes beyond:
the wallet is locked before it, so two orders at once can't both take what is left.

A buyer without a daily or monthly limit is not counted and costs nothing. Who gets one later is
counted from the orders themselves, once; whatever changes somebody's limits deletes the row
(triggers of kameng and kalegou), so that it is counted again.

Counted is what an order came to, less what went back. An order that waits for its payment counts,
one that was cancelled doesn't.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal

from django.db import IntegrityError, connection
from django.db.models import F, Q, Sum
from django.utils import timezone

from database.prepared import Call, Statement
from orders.errors import LimitExceeded
from orders.models import Order, OrderStatus, Spending


@dataclass(frozen=True, slots=True)
class Limits:
    """The most (CNY) that one buyer may order; None: as much as there is money for."""

    single: Decimal | None = None
    daily: Decimal | None = None
    monthly: Decimal | None = None

    @property
    def are_counted(self) -> bool:
        return self.daily is not None or self.monthly is not None

    def must_allow_one(self, total: Decimal) -> None:
        """Raises LimitExceeded when one order may not come to `total`."""
        if self.single is not None and total > self.single:
            raise LimitExceeded.of("single", self.single)

    @contextmanager
    def refusals(self) -> Iterator[None]:
        """Raise LimitExceeded where the database refuses to count an order."""
        try:
            yield
        except IntegrityError as error:
            if "spending_within_day" in str(error) and self.daily is not None:
                raise LimitExceeded.of("daily", self.daily) from error
            if "spending_within_month" in str(error) and self.monthly is not None:
                raise LimitExceeded.of("monthly", self.monthly) from error
            raise


NO_LIMITS = Limits()


def limits_in_force(
    *, is_verified: bool, own: Limits, verified: Limits, unverified: Limits
) -> Limits:
    """The one rule: a buyer's own limit, else the group's, which is lower before verification."""
    group = verified if is_verified else unverified

    def first(mine: Decimal | None, theirs: Decimal | None) -> Decimal | None:
        return mine if mine is not None else theirs

    return Limits(
        first(own.single, group.single),
        first(own.daily, group.daily),
        first(own.monthly, group.monthly),
    )


@dataclass(frozen=True, slots=True)
class Spent:
    """What a buyer has ordered so far (CNY)."""

    today: Decimal = Decimal(0)
    this_month: Decimal = Decimal(0)


# The row is begun from the orders when there is none: `counted` is empty then. Two at once that
# both begin it meet in the unique key, and the second adds to what the first has written.
_COUNT = Statement(
    "count_spending",
    """
WITH counted AS (
    UPDATE orders_spending SET
        day_amount = CASE WHEN day = %(day)s::date THEN day_amount ELSE 0 END + %(amount)s,
        month_amount = CASE WHEN day >= %(month)s::date THEN month_amount ELSE 0 END + %(amount)s,
        day = %(day)s::date, day_limit = %(daily)s, month_limit = %(monthly)s
    WHERE channel = %(channel)s AND buyer_key = %(buyer_key)s
    RETURNING 1
)
INSERT INTO orders_spending
    (channel, buyer_key, day, day_amount, month_amount, day_limit, month_limit)
SELECT %(channel)s, %(buyer_key)s, %(day)s::date,
       coalesce(sum(total - refunded) FILTER (WHERE created_at >= %(day_start)s), 0) + %(amount)s,
       coalesce(sum(total - refunded), 0) + %(amount)s,
       %(daily)s, %(monthly)s
FROM orders_order
WHERE buyer_key = %(buyer_key)s AND channel = %(channel)s
  AND created_at >= %(month_start)s AND status <> 'cancelled' AND NOT EXISTS (SELECT FROM counted)
HAVING NOT EXISTS (SELECT FROM counted)
ON CONFLICT (channel, buyer_key) DO UPDATE SET
    day_amount = orders_spending.day_amount + %(amount)s,
    month_amount = orders_spending.month_amount + %(amount)s
""",
)
# Without the limits, which the next order brings along again.
_COUNT_AGAIN = """
UPDATE orders_spending SET
    day_amount = CASE WHEN day = %(day)s THEN day_amount ELSE 0 END + %(amount)s,
    month_amount = CASE WHEN day >= %(month)s THEN month_amount ELSE 0 END + %(amount)s,
    day = %(day)s, day_limit = NULL, month_limit = NULL
WHERE channel = %(channel)s AND buyer_key = %(buyer_key)s
"""
_UNCOUNT = """
UPDATE orders_spending SET
    day_amount = greatest(day_amount - CASE WHEN day = %(day)s THEN %(amount)s ELSE 0 END, 0),
    month_amount = greatest(
        month_amount - CASE WHEN date_trunc('month', day) = date_trunc('month', %(day)s::date)
                            THEN %(amount)s ELSE 0 END, 0)
WHERE channel = %(channel)s AND buyer_key = %(buyer_key)s
"""


def counting(order: Order, limits: Limits) -> Call:
    """The call that counts a new order, before it is stored; the buyer's wallet is locked.

    The database refuses it when the order would go beyond a limit: see `Limits.refusals`.
    """
    day = timezone.localdate()
    month = day.replace(day=1)
    return _COUNT.with_(
        {
            "channel": order.channel,
            "buyer_key": order.buyer_key,
            "amount": order.total,
            "day": day,
            "month": month,
            "day_start": _midnight(day),
            "month_start": _midnight(month),
            "daily": limits.daily,
            "monthly": limits.monthly,
        }
    )


def count_again(order: Order) -> None:
    """Count an order that was cancelled and is paid after all; the caller holds its locks.

    The money is there and the order was within the limits when it was placed: nothing is refused.
    """
    day = timezone.localdate()
    with connection.cursor() as cursor:
        cursor.execute(
            _COUNT_AGAIN,
            {
                "channel": order.channel,
                "buyer_key": order.buyer_key,
                "amount": order.total,
                "day": day,
                "month": day.replace(day=1),
            },
        )


def uncount(order: Order, amount: Decimal) -> None:
    """Give back `amount` of the day and month in which the order was placed.

    The caller holds the order's locks. Nothing happens for a buyer who isn't counted.
    """
    day = timezone.localdate(order.created_at)
    with connection.cursor() as cursor:
        cursor.execute(
            _UNCOUNT,
            {
                "channel": order.channel,
                "buyer_key": order.buyer_key,
                "amount": amount,
                "day": day,
            },
        )


def spent(*, channel: str, buyer_key: str) -> Spent:
    """What a buyer has ordered today and this month, by the count or, before it, the orders."""
    today = timezone.localdate()
    month = today.replace(day=1)
    row = Spending.objects.filter(channel=channel, buyer_key=buyer_key).first()
    if row is not None:
        return Spent(
            row.day_amount if row.day == today else Decimal(0),
            row.month_amount if row.day >= month else Decimal(0),
        )
    kept = F("total") - F("refunded")
    is_today = Q(created_at__gte=_midnight(today))
    sums = (
        Order.objects.filter(channel=channel, buyer_key=buyer_key, created_at__gte=_midnight(month))
        .exclude(status=OrderStatus.CANCELLED)
        .aggregate(
            day=Sum(kept, filter=is_today, default=Decimal(0)),
            month=Sum(kept, default=Decimal(0)),
        )
    )
    return Spent(sums["day"], sums["month"])


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
