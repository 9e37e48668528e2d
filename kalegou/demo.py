"""The retail part of the demo world: member levels and the member 小明."""

from __future__ import annotations

from decimal import Decimal

from django.db import transaction

from kalegou.demo_membership import load_coupons, load_exchange, load_gifts
from kalegou.models import Member, MemberLevel
from kalegou.services.members import ensure_member
from kalegou.services.numbers import remember_number
from ledger import accounts
from ledger import services as ledger
from ledger.models import EntryKind
from ledger.services import Line
from users.models import User

USERNAME = "xiaoming"
PHONE = "13800000010"
DEPOSIT = Decimal("500.00")
# code, Chinese and English name, growth from, share of the list price, points multiplier
LEVELS = (
    ("standard", "普通会员", "Standard", 0, "1", "1"),
    ("silver", "银卡会员", "Silver", 500, "0.995", "1.2"),
    ("gold", "金卡会员", "Gold", 3000, "0.99", "1.5"),
    ("diamond", "钻石会员", "Diamond", 10_000, "0.98", "2"),
)
# In yuan, once verified: one order, a day, a month.
LIMITS = (20_000, 50_000, 200_000)
SAVED = (("13826507719", "我的手机"), ("18607553321", "妈妈"), ("19910204466", ""))


@transaction.atomic
def load_members(*, password_hash: str) -> list[Member]:
    """Make the levels and the demo member with money in the wallet. Safe to repeat."""
    for code, name, name_en, growth, rate, multiplier in LEVELS:
        MemberLevel.objects.get_or_create(
            code=code,
            defaults={
                "name": name,
                "name_en": name_en,
                "min_growth": growth,
                "price_rate": Decimal(rate),
                "points_multiplier": Decimal(multiplier),
                "single_limit": LIMITS[0],
                "daily_limit": LIMITS[1],
                "monthly_limit": LIMITS[2],
            },
        )
    return [_load_xiaoming(password_hash)]


def _load_xiaoming(password_hash: str) -> Member:
    user, _ = User.objects.get_or_create(
        username=USERNAME,
        defaults={"password": password_hash, "phone": PHONE, "first_name": "小明"},
    )
    member = ensure_member(user)
    ledger.post(
        reference=f"demo:deposit:{USERNAME}",
        kind=EntryKind.DEPOSIT,
        lines=[Line(accounts.cash("bank"), -DEPOSIT), Line(member.wallet_id, DEPOSIT)],
        memo="demo",
    )
    if not member.saved_numbers.exists():
        for phone, label in reversed(SAVED):
            saved = remember_number(member=member, phone=phone)
            saved.label = label
            saved.save(update_fields=["label"])
    load_coupons(member)
    load_gifts(member)
    load_exchange(member)
    return member
