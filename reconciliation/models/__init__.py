"""Statements of suppliers and gateways, what differs from our books, and what staff did about it.

Amounts of lines, differences and resolutions are signed as in the ledger: value into the account of
the supplier or gateway, CNY. So is "what must be booked": their figure less ours.
"""

from __future__ import annotations

from reconciliation.models.differences import (
    VERDICTS,
    Difference,
    DifferenceState,
    Resolution,
    ResolutionKind,
)
from reconciliation.models.parties import Encoding, Negative, Party, PartyKind
from reconciliation.models.statements import Statement, StatementDay, StatementLine

__all__ = [
    "VERDICTS",
    "Difference",
    "DifferenceState",
    "Encoding",
    "Negative",
    "Party",
    "PartyKind",
    "Resolution",
    "ResolutionKind",
    "Statement",
    "StatementDay",
    "StatementLine",
]
