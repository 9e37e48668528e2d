"""Amounts as the gateways write them: exact, or not at all."""

from __future__ import annotations

import re
from decimal import Decimal

_YUAN = re.compile(r"\d{1,12}(\.\d{1,2})?", re.ASCII)
_FEN = Decimal("0.01")


def to_yuan(amount: Decimal) -> str:
    """`50.00`; raises ValueError for a part of a fen."""
    if amount != amount.quantize(_FEN):
        raise ValueError("an amount of a part of a fen")
    return f"{amount:.2f}"


def from_yuan(text: object) -> Decimal:
    """The amount of a text like `50.00`; raises ValueError for anything else."""
    if not isinstance(text, str) or not _YUAN.fullmatch(text):
        raise ValueError("not an amount")
    return Decimal(text)


def to_fen(amount: Decimal) -> int:
    return int(Decimal(to_yuan(amount)) * 100)


def from_fen(count: object) -> Decimal:
    """The amount of a whole number of fen; raises ValueError for anything else."""
    if type(count) is not int or not 0 <= count < 10**14:
        raise ValueError("not a number of fen")
    return Decimal(count) / 100
