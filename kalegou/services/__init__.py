"""What the retail shop does, in the order in which it happens."""

from __future__ import annotations

from kalegou.services.buying import buy, pay
from kalegou.services.contacts import keep_contact
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
    "ensure_member",
    "forget_number",
    "keep_contact",
    "name_number",
    "pay",
    "refresh_level",
    "refresh_levels",
    "remember_number",
    "reveal_cards",
    "reward_order",
    "save_number",
    "take_back_reward",
]
