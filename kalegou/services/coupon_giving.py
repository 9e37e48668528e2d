"""Coupons before an order: made by staff, given to members, kept by a code, stopped."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from database.due import take_due
from kalegou.errors import CouponRefused
from kalegou.models import Coupon, CouponGrant, CouponSource, CouponUse, Member
from kalegou.queries.coupons import problem_now
from ledger import services as ledger
from users import audit, notices
from users.models import User

BATCH = 1000
TOLD_AT_ONCE = 200


@transaction.atomic
def claim_coupon(*, member: Member, code: str) -> CouponGrant:
    """Keep a public coupon by its code, to be used later. Locks the wallet, then the coupon.

    As often as one member may use it; raises CouponRefused with the reason otherwise.
    """
    ledger.lock((member.wallet_id,))
    coupon = (
        Coupon.objects.select_for_update(no_key=True, of=("self",))
        .select_related("min_level")
        .filter(code=code.strip().upper(), is_public=True)
        .first()
    )
    if coupon is None:
        raise CouponRefused(field="code")
    kept = CouponGrant.objects.filter(member=member, coupon=coupon, source=CouponSource.CLAIMED)
    used = CouponUse.objects.filter(member=member, coupon=coupon, grant=None, returned_at=None)
    number = kept.count()
    if number + used.count() >= coupon.per_member:
        raise CouponRefused(
            _("You have it already: look among your coupons.")
            if number
            else _("You have used it as often as one person may."),
            field="code",
        )
    if problem := problem_now(member, coupon, None):
        raise CouponRefused(problem, field="code")
    return CouponGrant.objects.create(
        coupon=coupon,
        member=member,
        source=CouponSource.CLAIMED,
        reference=f"claim:{coupon.pk}:{member.pk}:{number + 1}",
        expires_at=_expires_at(coupon),
    )


@transaction.atomic
def grant_coupon(
    *, coupon: Coupon, members: QuerySet[Member], actor: User, reason: str, reference: str
) -> int:
    """Staff give a coupon to members, one each; return how many got it. Audited.

    The same `reference` again gives nobody a second one. Each is told by a job, in its time.
    """
    if coupon.stopped_at is not None:
        raise CouponRefused(_("It was stopped."))
    given = sum(
        _give(coupon, batch, source=CouponSource.STAFF, reference=f"staff:{reference}")
        for batch in _batches(members.order_by("pk").values_list("pk", flat=True).iterator(BATCH))
    )
    audit.record(
        actor=actor,
        action="grant_coupon",
        target=f"coupon:{coupon.code}",
        reason=reason,
        members=given,
    )
    return given


def give_coupon(
    *, coupon: Coupon, member_id: int, source: CouponSource, reference: str
) -> CouponGrant:
    """Give one member a coupon as a gift, once for each reference; the caller tells of it."""
    grant, _is_new = CouponGrant.objects.get_or_create(
        reference=reference,
        defaults={
            "coupon": coupon,
            "member_id": member_id,
            "source": source,
            "expires_at": _expires_at(coupon),
        },
    )
    return grant


@transaction.atomic
def stop_coupon(*, coupon: Coupon, actor: User, reason: str) -> None:
    """Nobody may use it from now on; what orders hold of it already stays. Audited, repeatable."""
    stopped = Coupon.objects.filter(pk=coupon.pk, stopped_at=None).update(stopped_at=timezone.now())
    if stopped:
        audit.record(
            actor=actor, action="stop_coupon", target=f"coupon:{coupon.code}", reason=reason
        )


@transaction.atomic
def resume_coupon(*, coupon: Coupon, actor: User, reason: str) -> None:
    """It may be used again, within its dates, budget and number. Audited, repeatable."""
    resumed = Coupon.objects.filter(pk=coupon.pk, stopped_at__isnull=False).update(stopped_at=None)
    if resumed:
        audit.record(
            actor=actor, action="resume_coupon", target=f"coupon:{coupon.code}", reason=reason
        )


@transaction.atomic
def tell_of_coupons() -> int:
    """Tell members of the coupons that they were given; return how many. Safe to repeat."""
    due = take_due(
        CouponGrant.objects.filter(tell_at__isnull=False),
        by="tell_at",
        again_in=timedelta(minutes=5),
        most=TOLD_AT_ONCE,
    )
    grants = CouponGrant.objects.filter(pk__in=[grant.pk for grant in due]).select_related(
        "coupon", "member__user"
    )
    for grant in grants:
        person, name = grant.member.user, grant.coupon.name
        if grant.expires_at:
            notices.tell(person, "retail.coupon_given", coupon=name, until=grant.expires_at)
        else:
            notices.tell(person, "retail.open_coupon_given", coupon=name)
    CouponGrant.objects.filter(pk__in=[grant.pk for grant in due]).update(tell_at=None)
    return len(due)


def _give(
    coupon: Coupon, member_ids: Collection[int], *, source: CouponSource, reference: str
) -> int:
    references = [f"{reference}:{pk}" for pk in member_ids]
    before = CouponGrant.objects.filter(reference__in=references).count()
    now = timezone.now()
    CouponGrant.objects.bulk_create(
        [
            CouponGrant(
                coupon=coupon,
                member_id=pk,
                source=source,
                reference=f"{reference}:{pk}",
                granted_at=now,
                expires_at=_expires_at(coupon),
                tell_at=now,
            )
            for pk in member_ids
        ],
        ignore_conflicts=True,
    )
    return len(member_ids) - before


def _batches(keys: Iterable[int]) -> Iterable[list[int]]:
    batch: list[int] = []
    for key in keys:
        batch.append(key)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _expires_at(coupon: Coupon) -> datetime | None:
    """The end of the day on which a member's own ends, never beyond the coupon's end."""
    ends = [coupon.ends_at]
    if coupon.valid_days:
        last = timezone.localtime() + timedelta(days=coupon.valid_days)
        ends.append(last.replace(hour=23, minute=59, second=59, microsecond=0))
    return min((end for end in ends if end is not None), default=None)
