"""The shop's own tables."""

from __future__ import annotations

from kalegou.models.claims import (
    UNDECIDED_CLAIMS,
    Claim,
    ClaimedCard,
    ClaimKind,
    ClaimStatus,
)
from kalegou.models.code_mails import CodeMail
from kalegou.models.contacts import OrderContact
from kalegou.models.coupons import (
    Coupon,
    CouponGrant,
    CouponKind,
    CouponScope,
    CouponSource,
    CouponUse,
)
from kalegou.models.exchange import ExchangeItem, ExchangeUse
from kalegou.models.levels import GiftKind, LevelChange, MemberGift, PointsWarning
from kalegou.models.measures import GoodsMeasure, Period, Promise, PromiseMeasure
from kalegou.models.members import Member, MemberLevel
from kalegou.models.numbers import SavedNumber
from kalegou.models.plans import PauseWhy, PlanStatus, TopupPlan, TopupPlanRun
from kalegou.models.restock import RestockWish
from kalegou.models.rewards import GrowthRecord, PointsReason, PointsRecord
from kalegou.models.scenes import Scene, SceneIcon
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
    "CodeMail",
    "Coupon",
    "CouponGrant",
    "CouponKind",
    "CouponScope",
    "CouponSource",
    "CouponUse",
    "ExchangeItem",
    "ExchangeUse",
    "GiftKind",
    "GoodsMeasure",
    "GrowthRecord",
    "LevelChange",
    "Member",
    "MemberGift",
    "MemberLevel",
    "OrderContact",
    "PauseWhy",
    "Period",
    "PlanStatus",
    "PointsReason",
    "PointsRecord",
    "PointsWarning",
    "Promise",
    "PromiseMeasure",
    "RestockWish",
    "SavedNumber",
    "Scene",
    "SceneIcon",
    "Ticket",
    "TicketMessage",
    "TicketPicture",
    "TicketStatus",
    "TicketTopic",
    "TopupPlan",
    "TopupPlanRun",
]
