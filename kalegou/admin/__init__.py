"""The shop in the back office."""

from __future__ import annotations

from kalegou.admin import members, plans, rewards

__all__ = ["members", "plans", "rewards"]
