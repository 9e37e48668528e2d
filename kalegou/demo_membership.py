"""Membership in the demo world: coupons to type, and some that 小明 has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.utils import timezone

from catalog.models import SKU, Category
from kalegou.models import (
    Coupon,
    CouponGrant,
    CouponKind,
    CouponScope,
    CouponSource,
    ExchangeItem,
    GiftKind,
    Member,
    MemberGift,
    MemberLevel,
)
from kalegou.services.gifting import give_points


@dataclass(frozen=True, slots=True)
class DemoCoupon:
    """`off` is yuan, or a percentage with the most that it takes off."""

    code: str
    name: str
    name_en: str
    off: str
    cap: str = ""
    least: str = "0"
    category: str = ""
    budget: str = "5000"
    is_public: bool = True
    allows_loss: bool = True
    is_for_new: bool = False
    is_held: bool = False
    days: int = 60


COUPONS = (
    DemoCoupon(
        "WELCOME5",
        "礼品卡新人券",
        "Welcome",
        "5",
        least="30",
        category="gift",
        is_for_new=True,
        is_held=True,
    ),
    DemoCoupon(
        "VIDEO10", "影视会员九折券", "Video", "10%", cap="8", category="video", is_held=True
    ),
    DemoCoupon("GAME15", "游戏满百减券", "Games", "15", least="100", category="game", is_held=True),
    DemoCoupon("SAVE3", "满50减3", "¥3 off", "3", least="50", allows_loss=False),
    DemoCoupon(
        "THANKS20", "会员答谢券", "Thanks", "20", least="200", is_public=False, is_held=True, days=7
    ),
)


def load_coupons(member: Member) -> None:
    """Make the coupons and give 小明 some. Safe to repeat."""
    if Coupon.objects.filter(code__in=[demo.code for demo in COUPONS]).count() == len(COUPONS):
        return
    for demo in COUPONS:
        coupon = _coupon(demo)
        if demo.is_held:
            CouponGrant.objects.get_or_create(
                reference=f"demo:{demo.code}:{member.pk}",
                defaults={
                    "coupon": coupon,
                    "member": member,
                    "source": CouponSource.STAFF,
                    "expires_at": coupon.ends_at,
                },
            )


def _coupon(demo: DemoCoupon) -> Coupon:
    now = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    is_share = demo.off.endswith("%")
    coupon, is_new = Coupon.objects.get_or_create(
        code=demo.code,
        defaults={
            "name": demo.name,
            "name_en": demo.name_en,
            "is_public": demo.is_public,
            "kind": CouponKind.PERCENT if is_share else CouponKind.FIXED,
            "amount": None if is_share else Decimal(demo.off),
            "percent": Decimal(demo.off.rstrip("%")) if is_share else None,
            "cap": Decimal(demo.cap) if demo.cap else None,
            "min_spend": Decimal(demo.least),
            "scope": CouponScope.CATEGORIES if demo.category else CouponScope.ALL,
            "starts_at": now,
            "ends_at": now + timedelta(days=demo.days),
            "budget": Decimal(demo.budget),
            "new_members_only": demo.is_for_new,
            "allows_loss": demo.allows_loss,
        },
    )
    if is_new and demo.category:
        coupon.categories.set(_categories(demo.category))
    return coupon


def _categories(code: str) -> Sequence[Category]:
    return list(Category.objects.filter(code=code))


# level, points on reaching it, points on a birthday
GIFTS = (("silver", 200, 100), ("gold", 500, 300), ("diamond", 2000, 1000))
BIRTHDAY = date(1995, 6, 18)


def load_gifts(member: Member) -> None:
    """What the levels give, and what 小明's own has given. Safe to repeat."""
    for code, reach, birthday in GIFTS:
        MemberLevel.objects.filter(code=code, reach_points=0, birthday_points=0).update(
            reach_points=reach, birthday_points=birthday
        )
    Member.objects.filter(pk=member.pk, birthday=None).update(
        birthday=BIRTHDAY, birthday_set_on=timezone.localdate()
    )


# SKU, points, units in all, units for one member; what the catalogue doesn't have is left out.
EXCHANGE = (
    ("luckin-29", 1800, 200, 2),
    ("wangzhe-60", 700, None, 5),
    ("mcdonalds-30", 3000, 100, 2),
    ("iqiyi-month", 3200, 50, 1),
    ("didi-30", 3000, 80, 2),
    ("starbucks-tall", 3300, 60, None),
)
START_POINTS = 3600


def load_exchange(member: Member) -> None:
    """Goods for points, and points of 小明's to spend: a welcome gift. Safe to repeat."""
    skus = {sku.code: sku for sku in SKU.objects.filter(code__in=[row[0] for row in EXCHANGE])}
    for position, (code, points, most, per_member) in enumerate(EXCHANGE):
        if code in skus:
            ExchangeItem.objects.get_or_create(
                sku=skus[code],
                defaults={
                    "points": points,
                    "most": most,
                    "per_member": per_member,
                    "position": position,
                },
            )
    occasion = "welcome"
    if not MemberGift.objects.filter(member=member, occasion=occasion).exists():
        MemberGift.objects.create(
            member=member,
            kind=GiftKind.LEVEL,
            occasion=occasion,
            level=member.level,
            points=START_POINTS,
        )
        give_points(member, START_POINTS, f"gift:{occasion}:{member.pk}")
