"""The shop in the back office."""

from __future__ import annotations

from kalegou.admin import claims, coupons, members, plans, rewards, tickets

__all__ = ["claims", "coupons", "members", "plans", "rewards", "tickets"]
