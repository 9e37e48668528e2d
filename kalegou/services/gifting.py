"""Gifts of levels and birthdays: points, a coupon, or both; each occasion of a member once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from database.due import take_due
from kalegou.errors import BirthdayInvalid, BirthdayKept
from kalegou.models import (
    CouponSource,
    GiftKind,
    LevelChange,
    Member,
    MemberGift,
    MemberLevel,
    PointsReason,
    PointsRecord,
)
from kalegou.points import earning, points_end_on
from kalegou.services.coupon_giving import give_coupon
from kalegou.services.rewarding import keep_owed
from ledger import accounts
from ledger import services as ledger
from ledger.models import EntryKind, Unit
from ledger.services import Line
from users import audit, notices
from users.models import User

# A gift whose day the job missed is given within these days.
LATE_BY_DAYS = 7
AT_ONCE = 200
OLDEST = 120


@transaction.atomic
def set_birthday(*, member: Member, birthday: date) -> None:
    """A member says when the birthday is: once. Staff change it later, with a reason.

    Raises BirthdayInvalid, and BirthdayKept when there is one already.
    """
    _must_be_a_birthday(birthday)
    is_set = Member.objects.filter(pk=member.pk, birthday=None).update(
        birthday=birthday, birthday_set_on=timezone.localdate()
    )
    if not is_set:
        raise BirthdayKept(field="birthday")


@transaction.atomic
def correct_birthday(*, member: Member, birthday: date | None, actor: User, reason: str) -> None:
    """Staff have seen papers, or let the member say it anew (None). Audited.

    No second gift comes of it in a year that has had its gift.
    """
    if birthday is not None:
        _must_be_a_birthday(birthday)
    today = timezone.localdate()
    Member.objects.filter(pk=member.pk).update(
        birthday=birthday, birthday_set_on=today if birthday else None
    )
    audit.record(
        actor=actor, action="correct_birthday", target=f"member:{member.pk}", reason=reason
    )


def _must_be_a_birthday(birthday: date) -> None:
    today = timezone.localdate()
    if not today.replace(year=today.year - OLDEST, day=1) <= birthday <= today:
        raise BirthdayInvalid(field="birthday")


def give_birthday_gifts(*, today: date | None = None) -> int:
    """Give the gifts of today's birthdays, and of the last days' if they were missed.

    Safe to repeat, at once too: the occasion is the year. Who said the birthday after it has to
    wait for the next one.
    """
    given = 0
    for day in _days_until(today or timezone.localdate()):
        born = Q(birthday__month=day.month, birthday__day=day.day)
        if (day.month, day.day) == (2, 28) and not _is_leap(day.year):
            born |= Q(birthday__month=2, birthday__day=29)
        occasion = f"birthday:{day.year}"
        members = Member.objects.filter(born, birthday_set_on__lte=day)
        waiting = members.exclude(
            pk__in=MemberGift.objects.filter(occasion=occasion).values("member")
        ).exclude(level__birthday_points=0, level__birthday_coupon=None)
        for member_id in list(waiting.order_by("pk").values_list("pk", flat=True)):
            given += _give(member_id, GiftKind.BIRTHDAY, occasion)
    return given


def give_level_gifts() -> int:
    """Give the gifts of levels that were reached; return how many. Safe to repeat."""
    with transaction.atomic():
        due = take_due(
            LevelChange.objects.filter(gift_due_at__isnull=False),
            by="gift_due_at",
            again_in=timedelta(minutes=5),
            most=AT_ONCE,
        )
    given = 0
    for change in due:
        with transaction.atomic():
            level = MemberLevel.objects.get(pk=change.went_to_id)
            given += _give(change.member_id, GiftKind.LEVEL, f"level:{level.code}", level)
            LevelChange.objects.filter(pk=change.pk).update(gift_due_at=None)
    return given


@transaction.atomic
def _give(
    member_id: int, kind: GiftKind, occasion: str, reached: MemberLevel | None = None
) -> bool:
    """Give one gift and tell of it; False when the occasion had its gift, or has none.

    Locks the wallet and the points: of two at once, the second finds the first one's gift.
    """
    member = Member.objects.select_related("user", "level__birthday_coupon").get(pk=member_id)
    ledger.lock((member.wallet_id, member.points_id))
    if MemberGift.objects.filter(member=member, occasion=occasion).exists():
        return False
    level = reached or member.level
    is_level = kind == GiftKind.LEVEL
    points = level.reach_points if is_level else level.birthday_points
    coupon = level.reach_coupon if is_level else level.birthday_coupon
    if coupon is not None and coupon.stopped_at is not None:
        coupon = None
    if not points and coupon is None:
        return False
    reference = f"gift:{occasion}:{member.pk}"
    grant = (
        give_coupon(
            coupon=coupon,
            member_id=member.pk,
            source=CouponSource.LEVEL if is_level else CouponSource.BIRTHDAY,
            reference=reference,
        )
        if coupon
        else None
    )
    MemberGift.objects.create(
        member=member, kind=kind, occasion=occasion, level=level, points=points, coupon=grant
    )
    if points:
        give_points(member, points, reference)
    what = "both" if points and grant else "points" if points else "coupon"
    notices.tell(
        member.user,
        f"retail.{kind.value}_gift_{what}",
        level=level.name,
        points=points,
        coupon=coupon.name if coupon else "",
    )
    return True


def give_points(member: Member, points: int, reference: str) -> None:
    """Give points in the caller's transaction, with a record; `reference` names the entry."""
    owed = Member.objects.values_list("points_owed", flat=True).get(pk=member.pk)
    change = earning(points, owed=owed)
    PointsRecord.objects.create(
        member=member,
        order_no="",
        reason=PointsReason.GIFT,
        due=change.due,
        posted=change.posted,
        expires_on=points_end_on(timezone.localdate()),
    )
    keep_owed(member.pk, change)
    if change.posted:
        amount = Decimal(change.posted)
        ledger.post(
            reference=reference,
            kind=EntryKind.POINTS_GIFT,
            lines=[
                Line(accounts.points_issued(), -amount, Unit.POINT),
                Line(member.points_id, amount, Unit.POINT),
            ],
        )


def _days_until(today: date) -> Iterator[date]:
    return (today - timedelta(days=ago) for ago in range(LATE_BY_DAYS - 1, -1, -1))


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
