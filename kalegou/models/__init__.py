"""The shop's own tables."""

from __future__ import annotations

from kalegou.models.claims import (
    UNDECIDED_CLAIMS,
    Claim,
    ClaimedCard,
    ClaimKind,
    ClaimStatus,
)
from kalegou.models.contacts import OrderContact
from kalegou.models.coupons import (
    Coupon,
    CouponGrant,
    CouponKind,
    CouponScope,
    CouponSource,
    CouponUse,
)
from kalegou.models.members import Member, MemberLevel
from kalegou.models.numbers import SavedNumber
from kalegou.models.plans import PauseWhy, PlanStatus, TopupPlan, TopupPlanRun
from kalegou.models.rewards import GrowthRecord, PointsReason, PointsRecord
from kalegou.models.tickets import (
    CannedAnswer,
    Ticket,
    TicketMessage,
    TicketPicture,
    TicketStatus,
    TicketTopic,
)

__all__ = [
    "UNDECIDED_CLAIMS",
    "CannedAnswer",
    "Claim",
    "ClaimKind",
    "ClaimStatus",
    "ClaimedCard",
    "Coupon",
    "CouponGrant",
    "CouponKind",
    "CouponScope",
    "CouponSource",
    "CouponUse",
    "GrowthRecord",
    "Member",
    "MemberLevel",
    "OrderContact",
    "PauseWhy",
    "PlanStatus",
    "PointsReason",
    "PointsRecord",
    "SavedNumber",
    "Ticket",
    "TicketMessage",
    "TicketPicture",
    "TicketStatus",
    "TicketTopic",
    "TopupPlan",
    "TopupPlanRun",
]
