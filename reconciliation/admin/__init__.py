"""The bookkeeper's desk: days and their balances, what differs, and files."""

from __future__ import annotations

from reconciliation.admin.days import StatementDayAdmin
from reconciliation.admin.differences import DifferenceAdmin
from reconciliation.admin.files import PartyAdmin, StatementAdmin

__all__ = ["DifferenceAdmin", "PartyAdmin", "StatementAdmin", "StatementDayAdmin"]
