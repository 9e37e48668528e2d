"""Points and growth for an order, and taking them back.

The functions that orders call run inside the order's transaction, with the member's wallet and
points locked (RetailChannel.guarded_accounts). That lock keeps `Member.points_owed` and the level
of one member to one writer at a time.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

from django.db import connection, transaction
from django.db.models import F, Sum
from django.utils import timezone

from kalegou.models import (
    GrowthRecord,
    LevelChange,
    Member,
    MemberLevel,
    PointsReason,
    PointsRecord,
)
from kalegou.points import (
    Change,
    LevelStep,
    earning,
    growth_for,
    level_at,
    points_end_on,
    points_for,
    taking_back,
)
from kalegou.terms import MemberTerms
from ledger import accounts
from ledger import services as ledger
from ledger.models import Unit
from ledger.services import Line
from users import notices

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
    ends_on = points_end_on(timezone.localdate())
    change = earning(due, owed=owed)
    return points_lines(order_no, terms, change, PointsReason.REWARD, ends_on=ends_on)


def take_back_reward(
    order_no: str, terms: MemberTerms, *, before: Decimal, after: Decimal, returned: int = 0
) -> Sequence[Line]:
    """Take back what the refunded part of an order had earned; return the points' lines.

    `before` and `after` are the money (CNY) kept for the order, `returned` the points that come
    back to the member in the same entry. Points that were spent in the
    meantime are owed, and the next ones earned pay for them: the balance never goes below zero.
    Points that have run out are gone once: they come back, to be taken here.
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
    record = PointsRecord.objects.filter(order_no=order_no, reason=PointsReason.REWARD, due__gt=0)
    ends_on = record.values_list("expires_on", flat=True).first()
    back, lines = _undo_expiry(order_no, terms, due=due, ended_on=ends_on)
    balance = int(ledger.available(terms.points_id)) + returned + back
    change = taking_back(due, balance=balance)
    return [*lines, *points_lines(order_no, terms, change, PointsReason.REWARD, ends_on=ends_on)]


def _undo_expiry(
    order_no: str, terms: MemberTerms, *, due: int, ended_on: date | None
) -> tuple[int, Sequence[Line]]:
    """Give back as many of `due` points as ran out with those of that day; (posted, lines)."""
    if ended_on is None or ended_on >= timezone.localdate():
        return 0, ()
    ran_out = PointsRecord.objects.filter(
        member=terms.member_id, reason=PointsReason.EXPIRED, expires_on=ended_on
    ).aggregate(total=Sum("due"))["total"]
    points = min(due, -(ran_out or 0))
    if points <= 0:
        return 0, ()
    owed = Member.objects.values_list("points_owed", flat=True).get(pk=terms.member_id)
    change = earning(points, owed=owed)
    lines = points_lines(order_no, terms, change, PointsReason.EXPIRED, ends_on=ended_on)
    return change.posted, lines


def points_lines(
    order_no: str,
    terms: MemberTerms,
    change: Change,
    reason: PointsReason,
    *,
    ends_on: date | None = None,
) -> Sequence[Line]:
    """Record one change of a member's points for an order; return its lines.

    `ends_on` is the last day of points that are given, and of given ones that are taken back.
    """
    PointsRecord.objects.create(
        member_id=terms.member_id,
        order_no=order_no,
        reason=reason,
        due=change.due,
        posted=change.posted,
        expires_on=ends_on,
    )
    keep_owed(terms.member_id, change)
    points = Decimal(change.posted)
    return (
        Line(accounts.points_issued(), -points, Unit.POINT),
        Line(terms.points_id, points, Unit.POINT),
    )


def keep_owed(member_id: int, change: Change) -> None:
    """What of a change wasn't posted is owed, or pays what was."""
    if change.posted != change.due:
        Member.objects.filter(pk=member_id).update(
            points_owed=F("points_owed") + (change.posted - change.due)
        )


def refresh_level(member_id: int) -> None:
    """Give a member the level that the growth of the last 12 months reaches, and tell of it."""
    since = timezone.now() - GROWTH_COUNTS_FOR
    growth = GrowthRecord.objects.filter(member=member_id, earned_at__gt=since).aggregate(
        total=Sum("change")
    )["total"]
    step = level_at(_steps(), growth or 0)
    member = Member.objects.select_related("level", "user").get(pk=member_id)
    if step.level_id != member.level_id:
        _change_level(member, MemberLevel.objects.get(pk=step.level_id), growth or 0)


# Members who aren't at the level that their growth reaches: it left the 12 months, or the levels
# were changed. In one statement, however long ago it was looked last.
_OUT_OF_STEP = """
SELECT member.id, member.wallet_id FROM kalegou_member member
JOIN kalegou_memberlevel level ON level.id = member.level_id
LEFT JOIN (
    SELECT member_id, sum(change) AS growth FROM kalegou_growthrecord
    WHERE earned_at > %(since)s GROUP BY member_id) earned ON earned.member_id = member.id
CROSS JOIN LATERAL (
    SELECT coalesce(
        (SELECT max(min_growth) FROM kalegou_memberlevel
         WHERE min_growth <= coalesce(earned.growth, 0)),
        (SELECT min(min_growth) FROM kalegou_memberlevel)) AS min_growth) reached
WHERE level.min_growth <> reached.min_growth
ORDER BY member.id
"""


def refresh_levels() -> int:
    """Move the members whose growth reaches another level now; return how many were looked at.

    Growth falls by the passing of time. Locks the wallet of one member after the other, as the
    orders that change a level do. Safe to repeat, and with orders under way.
    """
    with connection.cursor() as cursor:
        cursor.execute(_OUT_OF_STEP, {"since": timezone.now() - GROWTH_COUNTS_FOR})
        found = cursor.fetchall()
    for member_id, wallet_id in found:
        with transaction.atomic():
            ledger.lock([wallet_id])
            refresh_level(member_id)
    return len(found)


def _change_level(member: Member, level: MemberLevel, growth: int) -> None:
    """A gift of the new level is given soon after (kalegou/services/gifting.py)."""
    now = timezone.now()
    is_up = level.min_growth > member.level.min_growth
    Member.objects.filter(pk=member.pk).update(level=level)
    LevelChange.objects.create(
        member=member,
        came_from=member.level,
        went_to=level,
        growth=growth,
        changed_at=now,
        gift_due_at=now if is_up else None,
    )
    notices.tell(member.user, "retail.level_up" if is_up else "retail.level_down", level=level.name)


def _steps() -> list[LevelStep]:
    return [LevelStep(*row) for row in MemberLevel.objects.values_list("pk", "min_growth")]
