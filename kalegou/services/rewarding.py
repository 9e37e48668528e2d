"""Points and growth for an order, and taking them back.

The functions that orders call run inside the order's transaction, with the member's wallet and
points locked (RetailChannel.guarded_accounts). That lock keeps `Member.points_owed` and the level
of one member to one writer at a time.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import F, Sum
from django.utils import timezone

from kalegou.models import GrowthRecord, Member, MemberLevel, PointsReason, PointsRecord
from kalegou.points import (
    Change,
    LevelStep,
    earning,
    growth_for,
    level_at,
    points_for,
    taking_back,
)
from kalegou.terms import MemberTerms
from ledger import accounts
from ledger import services as ledger
from ledger.models import Unit
from ledger.services import Line

GROWTH_COUNTS_FOR = timedelta(days=365)


def reward_order(order_no: str, terms: MemberTerms, *, kept: Decimal) -> Sequence[Line]:
    """Give points and growth for `kept` (CNY) of a completed order; return the points' lines."""
    growth = growth_for(kept)
    if growth:
        GrowthRecord.objects.create(member_id=terms.member_id, order_no=order_no, change=growth)
        refresh_level(terms.member_id)
    due = points_for(kept, terms.points_multiplier)
    if not due:
        return ()
    owed = Member.objects.values_list("points_owed", flat=True).get(pk=terms.member_id)
    return points_lines(order_no, terms, earning(due, owed=owed), PointsReason.REWARD)


def take_back_reward(
    order_no: str, terms: MemberTerms, *, before: Decimal, after: Decimal, returned: int = 0
) -> Sequence[Line]:
    """Take back what the refunded part of an order had earned; return the points' lines.

    `before` and `after` are the money (CNY) kept for the order, `returned` the points that come
    back to the member in the same entry. Points that were spent in the
    meantime are owed, and the next ones earned pay for them: the balance never goes below zero.
    """
    growth = growth_for(before) - growth_for(after)
    if growth:
        earned = GrowthRecord.objects.filter(order_no=order_no, change__gt=0).first()
        GrowthRecord.objects.create(
            member_id=terms.member_id,
            order_no=order_no,
            change=-growth,
            earned_at=earned.earned_at if earned else timezone.now(),
        )
        refresh_level(terms.member_id)
    due = points_for(before, terms.points_multiplier) - points_for(after, terms.points_multiplier)
    if not due:
        return ()
    balance = int(ledger.available(terms.points_id)) + returned
    return points_lines(order_no, terms, taking_back(due, balance=balance), PointsReason.REWARD)


def points_lines(
    order_no: str, terms: MemberTerms, change: Change, reason: PointsReason
) -> Sequence[Line]:
    """Record one change of a member's points for an order; return its lines."""
    PointsRecord.objects.create(
        member_id=terms.member_id,
        order_no=order_no,
        reason=reason,
        due=change.due,
        posted=change.posted,
    )
    if change.posted != change.due:
        Member.objects.filter(pk=terms.member_id).update(
            points_owed=F("points_owed") + (change.posted - change.due)
        )
    points = Decimal(change.posted)
    return (
        Line(accounts.points_issued(), -points, Unit.POINT),
        Line(terms.points_id, points, Unit.POINT),
    )


def refresh_level(member_id: int) -> None:
    """Give a member the level that the growth of the last 12 months reaches."""
    since = timezone.now() - GROWTH_COUNTS_FOR
    growth = GrowthRecord.objects.filter(member=member_id, earned_at__gt=since).aggregate(
        total=Sum("change")
    )["total"]
    _set_level(level_at(_steps(), growth or 0), [member_id])


def refresh_levels() -> int:
    """Lower the members whose growth has left the 12 months; return how many were looked at.

    Growth only falls by the passing of time for who earned something a year ago, so each day
    looks at the members of the days since. Locks the wallet of one member after the other, as the
    orders that change a level do. Safe to repeat, and with orders under way.
    """
    now = timezone.now()
    left = GrowthRecord.objects.filter(
        earned_at__range=(now - GROWTH_COUNTS_FOR - timedelta(days=7), now - GROWTH_COUNTS_FOR)
    )
    members = Member.objects.filter(pk__in=left.values("member_id")).order_by("pk")
    wallets = dict(members.values_list("pk", "wallet_id"))
    for member_id, wallet_id in wallets.items():
        with transaction.atomic():
            ledger.lock([wallet_id])
            refresh_level(member_id)
    return len(wallets)


def _steps() -> list[LevelStep]:
    return [LevelStep(*row) for row in MemberLevel.objects.values_list("pk", "min_growth")]


def _set_level(step: LevelStep, member_ids: Iterable[int]) -> None:
    Member.objects.filter(pk__in=member_ids).exclude(level=step.level_id).update(
        level=step.level_id
    )
