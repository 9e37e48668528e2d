"""What a member or a guest may order: the member's own limits, else those of the level."""

from __future__ import annotations

from kalegou.models import Member
from orders.limit_fields import UNVERIFIED
from orders.limits import Limits, limits_in_force

# Nobody knows who a guest is, so only a single order can be looked at.
GUEST = Limits(single=UNVERIFIED.single)


def limits_of(member: Member | None) -> Limits:
    """The limits that hold for the member now, or for a guest; reads the member's level."""
    if member is None:
        return GUEST
    return limits_in_force(
        is_verified=member.verified_at is not None,
        own=member.own,
        verified=member.level.verified,
        unverified=member.level.unverified,
    )
