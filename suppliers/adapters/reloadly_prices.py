"""Reading Reloadly's operators: what each suggests to be sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from suppliers.adapters.calling import Unclear
from suppliers.adapters.values import amount_of, text_of

FEN = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class SuggestedAmount:
    """`amount` is the account's currency, `face_value` what arrives, in the recipient's."""

    operator: str
    name: str
    amount: Decimal
    face_value: Decimal | None


def read_amounts(operator: object) -> list[SuggestedAmount]:
    """An operator's suggestions; raises Unclear rather than leave one out."""
    key = text_of(operator, "operatorId") or text_of(operator, "id")
    suggested = operator.get("suggestedAmounts") if isinstance(operator, Mapping) else None
    if not key.isdigit() or not isinstance(suggested, list):
        raise Unclear("unreadable")
    fx = operator.get("fx") if isinstance(operator, Mapping) else None
    rate = amount_of(fx.get("rate")) if isinstance(fx, Mapping) else None
    lines = []
    for amount in map(amount_of, suggested):
        if amount is None:
            raise Unclear("unreadable")
        arrives = (amount * rate).quantize(FEN) if rate else None
        lines.append(SuggestedAmount(key, text_of(operator, "name"), amount, arrives))
    return lines
