"""Our side of a party: what our books say of its subjects, and the doors to decide about them."""

from __future__ import annotations

from reconciliation.books.base import Booked, Books, Evidence
from reconciliation.books.gateways import GatewayBooks
from reconciliation.books.suppliers import SupplierBooks
from reconciliation.models import Party

__all__ = ["Booked", "Books", "Evidence", "books_of"]


def books_of(party: Party) -> Books:
    """Our books of a supplier or gateway."""
    return SupplierBooks(party.code) if party.is_supplier else GatewayBooks(party.code)
