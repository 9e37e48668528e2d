"""Agents and their tree, price rules, commissions, API keys: one module a subject."""

from __future__ import annotations

from kameng.models.agents import Agent, AgentStatus, Application, ApplicationStatus, LegalKind, Tier
from kameng.models.api import ApiKey, OrderCallback, Sandbox
from kameng.models.batches import Batch, BatchLine
from kameng.models.commissions import (
    Commission,
    CommissionPolicy,
    CommissionStatus,
    GenerationRate,
)
from kameng.models.feed import FeedEntry, FeedState
from kameng.models.prices import ContractPrice, DownlineMarkup, TierDiscount, TierPrice

__all__ = [
    "Agent",
    "AgentStatus",
    "ApiKey",
    "Application",
    "ApplicationStatus",
    "Batch",
    "BatchLine",
    "Commission",
    "CommissionPolicy",
    "CommissionStatus",
    "ContractPrice",
    "DownlineMarkup",
    "FeedEntry",
    "FeedState",
    "GenerationRate",
    "LegalKind",
    "OrderCallback",
    "Sandbox",
    "Tier",
    "TierDiscount",
    "TierPrice",
]
