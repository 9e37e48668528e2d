"""Arithmetic of an order's money: pure functions, CNY, property-tested without a database."""

from __future__ import annotations

from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

FEN = Decimal("0.01")
TEN_THOUSANDTH = Decimal("0.0001")


def to_fen(amount: Decimal) -> Decimal:
    """Rounded half up to 0.01: order totals and payments."""
    return amount.quantize(FEN, ROUND_HALF_UP)


def round_down(amount: Decimal) -> Decimal:
    """Rounded down to 0.0001: commissions."""
    return amount.quantize(TEN_THOUSANDTH, ROUND_DOWN)


def total_of(unit_price: Decimal, quantity: int) -> Decimal:
    """An order's total, in fen."""
    return to_fen(unit_price * quantity)


def split_total(total: Decimal, quantity: int, delivered: int) -> tuple[Decimal, Decimal]:
    """(kept, given back) of a total when `delivered` of `quantity` came; they add up exactly."""
    kept = to_fen(total * delivered / quantity)
    return kept, total - kept
