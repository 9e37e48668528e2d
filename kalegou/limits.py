"""What a member or a guest may order: the member's own limits, else those of the level."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from kalegou.models import Member
from orders.limit_fields import UNVERIFIED
from orders.limits import Limits, limits_in_force, spent
from ui.formats import money

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


@dataclass(frozen=True, slots=True)
class Room:
    """The most (CNY) that one more order may come to now, and which limit says so."""

    most: Decimal
    period: str
    limit: Decimal
    is_guest: bool

    @property
    def text(self) -> str:
        """In a sentence, with what to do about it."""
        facts = {"most": money(self.most), "limit": money(self.limit)}
        if self.is_guest:
            return _("Without an account, one order may come to %(limit)s at most.") % facts
        match self.period:
            case "daily":
                return (
                    _(
                        "%(most)s of your %(limit)s a day are left. Order less, or tomorrow, or ask"
                        " customer service for a higher limit."
                    )
                    % facts
                )
            case "monthly":
                return (
                    _(
                        "%(most)s of your %(limit)s a month are left. Order less, or next month, or"
                        " ask customer service for a higher limit."
                    )
                    % facts
                )
        return (
            _(
                "One order may come to %(limit)s at most. Order less at a time, or ask customer"
                " service for a higher limit."
            )
            % facts
        )


def room_of(member: Member | None) -> Room | None:
    """What is left for one more order; None: no limit. One query for a member who is counted."""
    limits = limits_of(member)
    rooms = []
    if limits.single is not None:
        rooms.append(("single", limits.single, limits.single))
    if member is not None and limits.are_counted:
        so_far = spent(channel="retail", buyer_key=f"u{member.user_id}")
        for period, limit, used in (
            ("daily", limits.daily, so_far.today),
            ("monthly", limits.monthly, so_far.this_month),
        ):
            if limit is not None:
                rooms.append((period, limit, max(limit - used, Decimal(0))))
    if not rooms:
        return None
    period, limit, left = min(rooms, key=lambda room: room[2])
    return Room(left, period, limit, is_guest=member is None)
