"""Statements against our books: importing → comparing → agreeing (the day's balances) → resolving.

Every write of one party is done by one process at a time (`locked`), so that a person's click and
an import can't see half of each other. That lock comes before all others.
"""

from __future__ import annotations

from reconciliation.services.importing import ImportReport, import_statement, withdraw_statement
from reconciliation.services.parties import ensure_parties, party_of
from reconciliation.services.resolving import (
    compare_again,
    compare_open,
    options_of,
    resolve,
    take_back,
)

__all__ = [
    "ImportReport",
    "compare_again",
    "compare_open",
    "ensure_parties",
    "import_statement",
    "options_of",
    "party_of",
    "resolve",
    "take_back",
    "withdraw_statement",
]
