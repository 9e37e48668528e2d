"""The portal's back office: agents, prices, commissions, transfers, API keys, webhooks."""

from __future__ import annotations

from kameng.admin import (
    agents,
    api_keys,
    applications,
    bank_deposits,
    buying,
    commissions,
    diligence,
    finance,
    invites,
    payout_accounts,
    price_changes,
    prices,
    settlements,
    support,
    transfers,
    webhooks,
    withdrawals,
)

__all__ = [
    "agents",
    "api_keys",
    "applications",
    "bank_deposits",
    "buying",
    "commissions",
    "diligence",
    "finance",
    "invites",
    "payout_accounts",
    "price_changes",
    "prices",
    "settlements",
    "support",
    "transfers",
    "webhooks",
    "withdrawals",
]
