"""What the retail shop does, in the order in which it happens."""

from __future__ import annotations

from kalegou.services.buying import buy, pay
from kalegou.services.contacts import keep_contact
from kalegou.services.coupon_giving import (
    claim_coupon,
    give_coupon,
    grant_coupon,
    resume_coupon,
    stop_coupon,
    tell_of_coupons,
)
from kalegou.services.exchanging import exchange
from kalegou.services.expiring import expire_points, warn_of_expiry
from kalegou.services.gifting import (
    correct_birthday,
    give_birthday_gifts,
    give_level_gifts,
    set_birthday,
)
from kalegou.services.members import ensure_member
from kalegou.services.numbers import forget_number, name_number, remember_number, save_number
from kalegou.services.revealing import reveal_cards
from kalegou.services.rewarding import (
    refresh_level,
    refresh_levels,
    reward_order,
    take_back_reward,
)

__all__ = [
    "buy",
    "claim_coupon",
    "correct_birthday",
    "ensure_member",
    "exchange",
    "expire_points",
    "forget_number",
    "give_birthday_gifts",
    "give_coupon",
    "give_level_gifts",
    "grant_coupon",
    "keep_contact",
    "name_number",
    "pay",
    "refresh_level",
    "refresh_levels",
    "remember_number",
    "resume_coupon",
    "reveal_cards",
    "reward_order",
    "save_number",
    "set_birthday",
    "stop_coupon",
    "take_back_reward",
    "tell_of_coupons",
    "warn_of_expiry",
]
