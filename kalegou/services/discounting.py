"""Points spent on an order as a discount, and given back with what is refunded of it.

What stays spent is always a function of the money kept for the order (kalegou/points.py). The order
keeps its whole revenue: what the points paid of it is a promotion's expense. Everything here runs
inside the order's transaction, with the member's wallet and points locked.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from kalegou.models import Member, PointsReason
from kalegou.points import Change, earning, still_spent
from kalegou.services.rewarding import points_lines
from kalegou.terms import MemberTerms
from ledger import accounts
from ledger.services import Line
from orders.models import Order


def spend_points(order: Order, terms: MemberTerms) -> Sequence[Line]:
    """Take the points that were promised for an order; return their lines."""
    if not terms.points_spent:
        return ()
    spent = Change(-terms.points_spent, -terms.points_spent)
    return points_lines(order.order_no, terms, spent, PointsReason.DISCOUNT)


def return_points(order: Order, terms: MemberTerms, *, before: Decimal, after: Decimal) -> Change:
    """How many spent points come back when the money kept (CNY) falls from before to after.

    Nothing is written: `returning_lines` does. What the member owes of earlier orders is paid from
    them first.
    """
    due = still_spent(terms.points_spent, total=order.total, kept=before) - still_spent(
        terms.points_spent, total=order.total, kept=after
    )
    owed = Member.objects.values_list("points_owed", flat=True).get(pk=terms.member_id)
    return earning(due, owed=owed)


def returning_lines(order: Order, terms: MemberTerms, change: Change) -> Sequence[Line]:
    """Give points back; return their lines."""
    if not change.due:
        return ()
    reason = PointsReason.EXCHANGE if terms.exchange else PointsReason.DISCOUNT
    return points_lines(order.order_no, terms, change, reason)


def promotion_lines(order: Order, worth: Decimal) -> Sequence[Line]:
    """What points or a coupon paid of an order's revenue (CNY); negative: what they pay no longer.

    The revenue is whole, what was taken off is the promotion's expense.
    """
    if not worth:
        return ()
    return (
        Line(accounts.promotion(order.channel), -worth),
        Line(accounts.revenue(order.channel), worth),
    )
