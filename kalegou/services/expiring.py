"""Points run out at the end of the year after the one in which they were given.

Who spends them spends the oldest first. Nothing is kept a lot for that: what is left of the points
that end by a day is what was given with such an end, less everything that was ever spent or has run
out (kalegou/points.py: left_over). So a spending, a refund or a job that ran twice needs no
bookkeeping of its own, and comes right whatever their order.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal

from django.db import connection, transaction
from django.utils import timezone

from kalegou.models import Member, PointsReason, PointsRecord, PointsWarning
from kalegou.points import WARNED_DAYS_BEFORE, points_end_on
from ledger import accounts
from ledger import services as ledger
from ledger.models import EntryKind, Unit
from ledger.services import Line
from users import notices

# What came back lately, from orders placed before the points ended, is spared for these days.
SPARED_FOR = timedelta(days=30)

# Per member: what is left of the points that end by a day, the last such day, what is spared.
_LEFT_OVER = """
SELECT record.member_id,
       coalesce(sum(record.due) FILTER (
           WHERE record.reason NOT IN ('reward', 'gift') OR record.expires_on <= %(by)s), 0),
       max(record.expires_on) FILTER (
           WHERE record.due > 0 AND record.reason IN ('reward', 'gift')
             AND record.expires_on <= %(by)s),
       coalesce(sum(record.due) FILTER (
           WHERE record.due > 0 AND record.reason IN ('discount', 'exchange')
             AND record.created_at > %(spared_since)s
             AND EXISTS (
                 SELECT FROM kalegou_pointsrecord spent
                 WHERE spent.order_no = record.order_no AND spent.reason = record.reason
                   AND spent.due < 0 AND spent.created_at < %(ended_at)s)), 0)
FROM kalegou_pointsrecord record
WHERE {members}
GROUP BY record.member_id
"""


def expire_points(*, today: date | None = None) -> int:
    """Take the points whose last day is over; return how many members lost some.

    One transaction a member, with the accounts locked and the sum made anew behind the lock. Safe
    to repeat and to run late: what ran out is a record, and counts as taken from then on.
    """
    by = (today or timezone.localdate()) - timedelta(days=1)
    candidates = [member for member, left, _end, spared in _left_over(by) if left > spared]
    return sum(_expire(member_id, by) for member_id in candidates)


@transaction.atomic
def _expire(member_id: int, by: date) -> bool:
    member = Member.objects.select_related("user").get(pk=member_id)
    ledger.lock((member.wallet_id, member.points_id))
    found = _left_over(by, member_id=member_id)
    if not found:
        return False
    _member, left, ended_on, spared = found[0]
    points = min(left - spared, int(ledger.available(member.points_id)))
    if points <= 0 or ended_on is None:
        return False
    record = PointsRecord.objects.create(
        member=member,
        order_no="",
        reason=PointsReason.EXPIRED,
        due=-points,
        posted=-points,
        expires_on=ended_on,
    )
    amount = Decimal(points)
    ledger.post(
        reference=f"points-expired:{record.pk}",
        kind=EntryKind.POINTS_EXPIRED,
        lines=[
            Line(accounts.points_issued(), amount, Unit.POINT),
            Line(member.points_id, -amount, Unit.POINT),
        ],
    )
    notices.tell(member.user, "retail.points_expired", points=points, day=ended_on)
    return True


def warn_of_expiry(*, today: date | None = None) -> int:
    """Tell members, once, of points that run out within 30 days; return how many were told."""
    today = today or timezone.localdate()
    ends_on = points_end_on(today.replace(year=today.year - 1))
    if ends_on - today > timedelta(days=WARNED_DAYS_BEFORE):
        return 0
    warned = set(
        PointsWarning.objects.filter(expires_on=ends_on).values_list("member_id", flat=True)
    )
    told = 0
    for member_id, left, _end, _spared in _left_over(ends_on):
        if left > 0 and member_id not in warned:
            told += _warn(member_id, ends_on, left)
    return told


@transaction.atomic
def _warn(member_id: int, ends_on: date, points: int) -> bool:
    _row, is_new = PointsWarning.objects.get_or_create(
        member_id=member_id, expires_on=ends_on, defaults={"points": points}
    )
    if is_new:
        member = Member.objects.select_related("user").get(pk=member_id)
        notices.tell(member.user, "retail.points_expiring", points=points, day=ends_on)
    return is_new


def ending_next(member: Member, *, today: date | None = None) -> tuple[date, int] | None:
    """The next day on which points of the member run out, and how many as things stand."""
    today = today or timezone.localdate()
    for years in (1, 0):
        ends_on = points_end_on(today.replace(year=today.year - years, day=1))
        found = _left_over(ends_on, member_id=member.pk)
        left = min(found[0][1], int(ledger.available(member.points_id))) if found else 0
        if left > 0:
            return ends_on, left
    return None


def _left_over(by: date, *, member_id: int | None = None) -> list[tuple[int, int, date, int]]:
    ended_at = timezone.make_aware(datetime.combine(by + timedelta(days=1), time.min))
    with connection.cursor() as cursor:
        cursor.execute(
            _LEFT_OVER.format(members="record.member_id = %(member)s" if member_id else "true"),
            {
                "by": by,
                "ended_at": ended_at,
                "spared_since": timezone.now() - SPARED_FOR,
                "member": member_id,
            },
        )
        return [(row[0], int(row[1]), row[2], int(row[3])) for row in cursor.fetchall()]
