"""The shop's own tables."""

from __future__ import annotations

from kalegou.models.contacts import OrderContact
from kalegou.models.members import Member, MemberLevel
from kalegou.models.numbers import SavedNumber
from kalegou.models.rewards import GrowthRecord, PointsReason, PointsRecord

__all__ = [
    "GrowthRecord",
    "Member",
    "MemberLevel",
    "OrderContact",
    "PointsReason",
    "PointsRecord",
    "SavedNumber",
]
