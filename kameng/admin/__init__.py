"""The wholesale portal's back office: applications and agents, prices, commissions, API keys."""

from __future__ import annotations

from kameng.admin import agents, api_keys, applications, commissions, prices

__all__ = ["agents", "api_keys", "applications", "commissions", "prices"]
