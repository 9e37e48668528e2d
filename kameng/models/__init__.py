"""Agents and their tree, price rules, commissions, API keys: one module a subject."""

from __future__ import annotations

from kameng.models.agents import Agent, AgentStatus, Application, ApplicationStatus, LegalKind, Tier
from kameng.models.api import ApiKey, OrderCallback, Sandbox
from kameng.models.commissions import (
    Commission,
    CommissionPolicy,
    CommissionStatus,
    GenerationRate,
)
from kameng.models.prices import ContractPrice, DownlineMarkup, TierDiscount, TierPrice

__all__ = [
    "Agent",
    "AgentStatus",
    "ApiKey",
    "Application",
    "ApplicationStatus",
    "Commission",
    "CommissionPolicy",
    "CommissionStatus",
    "ContractPrice",
    "DownlineMarkup",
    "GenerationRate",
    "LegalKind",
    "OrderCallback",
    "Sandbox",
    "Tier",
    "TierDiscount",
    "TierPrice",
]
