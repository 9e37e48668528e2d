"""The shop in the back office."""

from __future__ import annotations

from kalegou.admin import (
    claims,
    coupons,
    exchange,
    levels,
    measures,
    members,
    plans,
    rewards,
    scenes,
    tickets,
)

__all__ = [
    "claims",
    "coupons",
    "exchange",
    "levels",
    "measures",
    "members",
    "plans",
    "rewards",
    "scenes",
    "tickets",
]
