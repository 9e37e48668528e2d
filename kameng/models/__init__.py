"""Agents and their tree, price rules, commissions, API keys: one module a subject."""

from __future__ import annotations

from kameng.models.agents import Agent, AgentStatus, Tier
from kameng.models.announcements import Announcement, AnnouncementRead, Importance
from kameng.models.api import ApiKey, OrderCallback, Sandbox
from kameng.models.applications import Application, ApplicationStatus, Document, DocumentKind
from kameng.models.bank_deposits import (
    BankDetails,
    DepositEvent,
    DepositProof,
    DepositStatus,
    OfflineDeposit,
)
from kameng.models.batches import Batch, BatchLine, BatchPause
from kameng.models.codes import CodeShelf, OwnedCode
from kameng.models.commissions import (
    Commission,
    CommissionPolicy,
    CommissionStatus,
    GenerationRate,
    PolicyOverride,
)
from kameng.models.credit import CreditLine
from kameng.models.diligence import Diligence
from kameng.models.docking import DockedOrder
from kameng.models.favourites import Favourite
from kameng.models.feed import FeedEntry, FeedState
from kameng.models.funds import FinanceDesk, FundsRules
from kameng.models.invites import InviteLink, InviteVisit
from kameng.models.legal import LegalIdentity, LegalKind
from kameng.models.marketing import ChecklistDismissal, Poster, PromoText
from kameng.models.plans import OrderPlan, PlanEnd, PlanRhythm, PlanRun, PlanStatus
from kameng.models.price_changes import (
    ChangeSetStatus,
    ChangeSource,
    PriceChange,
    PriceChangeSet,
    PriceKind,
)
from kameng.models.prices import ContractPrice, DownlineMarkup, TierDiscount, TierPrice
from kameng.models.sales import (
    EarnedCorrection,
    EarnedDay,
    SalesCorrection,
    SalesDay,
    SalesMonth,
    SalesUpTo,
    Scope,
)
from kameng.models.settlements import Settlement, SettlementBatch, SettlementHold
from kameng.models.transfers import DepositTransfer, TransferRules, TransferStatus
from kameng.models.webhooks import (
    BalanceWatch,
    Delivery,
    DeliveryAttempt,
    Endpoint,
    EventKind,
    PauseReason,
    PriceWatch,
    WebhookEvent,
)
from kameng.models.withdrawals import (
    AccountPaper,
    AccountStatus,
    PayoutAccount,
    Withdrawal,
    WithdrawalEvent,
    WithdrawalStatus,
)

__all__ = [
    "AccountPaper",
    "AccountStatus",
    "Agent",
    "AgentStatus",
    "Announcement",
    "AnnouncementRead",
    "ApiKey",
    "Application",
    "ApplicationStatus",
    "BalanceWatch",
    "BankDetails",
    "Batch",
    "BatchLine",
    "BatchPause",
    "ChangeSetStatus",
    "ChangeSource",
    "ChecklistDismissal",
    "CodeShelf",
    "Commission",
    "CommissionPolicy",
    "CommissionStatus",
    "ContractPrice",
    "CreditLine",
    "Delivery",
    "DeliveryAttempt",
    "DepositEvent",
    "DepositProof",
    "DepositStatus",
    "DepositTransfer",
    "Diligence",
    "DockedOrder",
    "Document",
    "DocumentKind",
    "DownlineMarkup",
    "EarnedCorrection",
    "EarnedDay",
    "Endpoint",
    "EventKind",
    "Favourite",
    "FeedEntry",
    "FeedState",
    "FinanceDesk",
    "FundsRules",
    "GenerationRate",
    "Importance",
    "InviteLink",
    "InviteVisit",
    "LegalIdentity",
    "LegalKind",
    "OfflineDeposit",
    "OrderCallback",
    "OrderPlan",
    "OwnedCode",
    "PauseReason",
    "PayoutAccount",
    "PlanEnd",
    "PlanRhythm",
    "PlanRun",
    "PlanStatus",
    "PolicyOverride",
    "Poster",
    "PriceChange",
    "PriceChangeSet",
    "PriceKind",
    "PriceWatch",
    "PromoText",
    "SalesCorrection",
    "SalesDay",
    "SalesMonth",
    "SalesUpTo",
    "Sandbox",
    "Scope",
    "Settlement",
    "SettlementBatch",
    "SettlementHold",
    "Tier",
    "TierDiscount",
    "TierPrice",
    "TransferRules",
    "TransferStatus",
    "WebhookEvent",
    "Withdrawal",
    "WithdrawalEvent",
    "WithdrawalStatus",
]
