"""Builders of coupons."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from kalegou.models import Coupon, CouponGrant, CouponSource, Member
from tests import world


def make_coupon(code: str = "", *, amount: str = "", percent: str = "", **fields: Any) -> Coupon:
    """A coupon in force that may go below cost; `amount` yuan off, or a share."""
    is_share = bool(percent)
    return Coupon.objects.create(
        **{
            "code": code or f"C{world.next_number()}",
            "name": "优惠券",
            "name_en": "Coupon",
            "kind": "percent" if is_share else "fixed",
            "amount": None if is_share else Decimal(amount or "5"),
            "percent": Decimal(percent) if is_share else None,
            "cap": Decimal(fields.pop("cap", "20")) if is_share else None,
            "allows_loss": True,
            **fields,
        }
    )


def give(coupon: Coupon, member: Member, **fields: Any) -> CouponGrant:
    """One for the member, as if from staff."""
    reference = f"test:{world.next_number()}"
    return CouponGrant.objects.create(
        coupon=coupon, member=member, source=CouponSource.STAFF, reference=reference, **fields
    )
