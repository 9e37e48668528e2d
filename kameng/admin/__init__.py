"""The wholesale portal's back office: applications and agents, prices, commissions."""

from __future__ import annotations

from kameng.admin import agents, applications, commissions, prices

__all__ = ["agents", "applications", "commissions", "prices"]
