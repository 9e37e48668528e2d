"""The retail price of a SKU. One rule: the list price, times what the member's level pays of it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from kalegou.models import Member
from orders.money import FEN, to_fen

LIST_PRICE = "list_price"
MEMBER_LEVEL = "member_level"
EXCHANGE = "exchange"


@dataclass(frozen=True, slots=True)
class Price:
    """What one unit costs a person (CNY, whole fen), and the rule that gave it."""

    amount: Decimal
    rule: str


def retail_price(list_price: Decimal, rate: Decimal = Decimal(1)) -> Price:
    """The list price × `rate`, half up to the fen; never free and never above the list price."""
    listed = max(to_fen(list_price), FEN)
    if rate >= 1:
        return Price(listed, LIST_PRICE)
    return Price(max(to_fen(list_price * rate), FEN), MEMBER_LEVEL)


def rate_of(member: Member | None) -> Decimal:
    """The share of the list price that this person pays; a guest pays all of it."""
    return member.level.price_rate if member else Decimal(1)
