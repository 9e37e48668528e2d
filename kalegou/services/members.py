"""Becoming a member: any logged-in person who visits the shop is one."""

from __future__ import annotations

from django.db import transaction

from kalegou.models import Member, MemberLevel
from ledger import accounts
from users.models import User

SCOPE = "retail"


def ensure_member(user: User) -> Member:
    """The person's membership, with its level and accounts; made on the first visit.

    Safe to repeat and to run twice at once: the person is a member once.
    """
    members = Member.objects.select_related("level", "wallet", "points")
    member = members.filter(user=user).first()
    if member is None:
        _join(user)
        member = members.get(user=user)
    return member


@transaction.atomic
def _join(user: User) -> None:
    # The wallet is made before the points: accounts are locked in the order of their keys, and a
    # purchase locks the wallet first.
    wallet = accounts.wallet(SCOPE, user)
    points = accounts.points(user)
    Member.objects.get_or_create(
        user=user,
        defaults={"level": lowest_level(), "wallet_id": wallet, "points_id": points},
    )


def lowest_level() -> MemberLevel:
    """Where everybody begins; a shop that has set up no levels gets a plain one."""
    level = MemberLevel.objects.order_by("min_growth").first()
    if level is None:
        level, _ = MemberLevel.objects.get_or_create(
            code="standard", defaults={"name": "普通会员", "name_en": "Standard", "min_growth": 0}
        )
    return level
