"""The wholesale portal's back office: agents, prices, commissions, API keys, webhooks."""

from __future__ import annotations

from kameng.admin import agents, api_keys, applications, commissions, prices, webhooks

__all__ = ["agents", "api_keys", "applications", "commissions", "prices", "webhooks"]
