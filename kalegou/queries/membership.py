"""Where a member stands: level, growth, points and what moved them. Reads only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import QuerySet, Sum
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kalegou.models import GrowthRecord, Member, MemberLevel
from kalegou.services.rewarding import GROWTH_COUNTS_FOR
from ledger.models import EntryKind, Posting

K = EntryKind
LEAVES_SOON = timedelta(days=30)
GROUPS: dict[str, tuple[str | Promise, tuple[EntryKind, ...]]] = {
    "earned": (_("Earned by orders"), (K.ORDER_COMPLETED,)),
    "spent": (_("Spent"), (K.ORDER_PLACED,)),
    "refund": (_("Refunds"), (K.ORDER_REFUNDED,)),
    "gift": (_("Gifts"), (K.POINTS_GIFT, K.POINTS, K.ADJUSTMENT)),
    "expired": (_("Run out"), (K.POINTS_EXPIRED,)),
}
# How the rows are put in order: newest first, or what moved the most.
SORTS = {"new": "-pk", "old": "pk", "most": "-amount", "least": "amount"}


@dataclass(frozen=True, slots=True)
class LevelProgress:
    """Where a member stands between two levels, by the growth of the last 12 months."""

    level: MemberLevel
    next_level: MemberLevel | None
    growth: int

    @property
    def missing(self) -> int:
        return max(self.next_level.min_growth - self.growth, 0) if self.next_level else 0

    @property
    def span(self) -> int:
        """Length of the bar: from this level's start to the next one's."""
        return max(self.next_level.min_growth - self.level.min_growth, 1) if self.next_level else 1

    @property
    def reached(self) -> int:
        if self.next_level is None:
            return 1
        return min(max(self.growth - self.level.min_growth, 0), self.span)


def progress_of(member: Member) -> LevelProgress:
    above = MemberLevel.objects.filter(min_growth__gt=member.level.min_growth)
    next_level = above.order_by("min_growth").first()
    return LevelProgress(member.level, next_level, _growth_since(member, GROWTH_COUNTS_FOR))


def leaving_soon(member: Member) -> int:
    """Growth that leaves the 12 months within the next 30 days."""
    now = _growth_since(member, GROWTH_COUNTS_FOR)
    return now - _growth_since(member, GROWTH_COUNTS_FOR - LEAVES_SOON)


def _growth_since(member: Member, period: timedelta) -> int:
    counted = growth_of(member).filter(earned_at__gt=timezone.now() - period)
    return counted.aggregate(total=Sum("change"))["total"] or 0


def growth_of(member: Member) -> QuerySet[GrowthRecord]:
    return GrowthRecord.objects.filter(member=member).order_by("-pk")


def levels() -> Sequence[MemberLevel]:
    return list(
        MemberLevel.objects.select_related("reach_coupon", "birthday_coupon").order_by("min_growth")
    )


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a statement of points is narrowed to, and how it is sorted."""

    group: str = ""
    since: date | None = None
    until: date | None = None
    sort: str = "new"


def points_statement(member: Member, wanted: Wanted) -> QuerySet[Posting]:
    """What moved the points of a member, with the entry of each."""
    found = Posting.objects.filter(account_id=member.points_id).select_related("entry")
    if wanted.group in GROUPS:
        found = found.filter(entry__kind__in=GROUPS[wanted.group][1])
    if wanted.since:
        found = found.filter(entry__created_at__gte=_start_of(wanted.since))
    if wanted.until:
        found = found.filter(entry__created_at__lt=_start_of(wanted.until + timedelta(days=1)))
    return found.order_by(SORTS.get(wanted.sort, SORTS["new"]), "-pk")


def _start_of(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
