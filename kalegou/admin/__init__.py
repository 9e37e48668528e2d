"""The shop in the back office."""

from __future__ import annotations

from kalegou.admin import coupons, members, plans, rewards

__all__ = ["coupons", "members", "plans", "rewards"]
