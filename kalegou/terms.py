"""What the retail channel remembers of a sale to a member, on the order for good."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from kalegou.models import Member


@dataclass(frozen=True, slots=True)
class CouponTerms:
    """A coupon on an order: `worth` (CNY, whole fen) was taken off."""

    coupon_id: int
    grant_id: int | None
    code: str
    worth: Decimal

    def as_json(self) -> dict[str, Any]:
        return {
            "coupon": self.coupon_id,
            "coupon_grant": self.grant_id,
            "coupon_code": self.code,
            "coupon_worth": str(self.worth),
        }

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> CouponTerms | None:
        if "coupon" not in stored:
            return None
        worth = Decimal(stored["coupon_worth"])
        return cls(stored["coupon"], stored["coupon_grant"], stored["coupon_code"], worth)


@dataclass(frozen=True, slots=True)
class MemberTerms:
    """Who bought at which level, with the accounts that completing the order may post to.

    `points_spent` are the points that the member gave as a discount, besides `coupon`; or, with
    `exchange`, the key of an ExchangeItem, for the whole order.
    """

    member_id: int
    level: str
    points_multiplier: Decimal
    wallet_id: int
    points_id: int
    points_spent: int = 0
    coupon: CouponTerms | None = None
    exchange: int | None = None

    @classmethod
    def of(
        cls,
        member: Member,
        *,
        points_spent: int = 0,
        coupon: CouponTerms | None = None,
        exchange: int | None = None,
    ) -> MemberTerms:
        return cls(
            member_id=member.pk,
            level=member.level.code,
            points_multiplier=member.level.points_multiplier,
            wallet_id=member.wallet_id,
            points_id=member.points_id,
            points_spent=points_spent,
            coupon=coupon,
            exchange=exchange,
        )

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> MemberTerms | None:
        """The terms kept on an order; None for a guest's."""
        if "member" not in stored:
            return None
        return cls(
            member_id=stored["member"],
            level=stored["member_level"],
            points_multiplier=Decimal(stored["points_multiplier"]),
            wallet_id=stored["wallet"],
            points_id=stored["points"],
            points_spent=stored.get("points_spent", 0),
            coupon=CouponTerms.read(stored),
            exchange=stored.get("exchange"),
        )

    def as_json(self) -> dict[str, Any]:
        return {
            "member": self.member_id,
            "member_level": self.level,
            "points_multiplier": str(self.points_multiplier),
            "wallet": self.wallet_id,
            "points": self.points_id,
            **({"points_spent": self.points_spent} if self.points_spent else {}),
            **(self.coupon.as_json() if self.coupon else {}),
            **({"exchange": self.exchange} if self.exchange else {}),
        }
