"""The shop in the back office."""

from __future__ import annotations

from kalegou.admin import members, rewards

__all__ = ["members", "rewards"]
