"""Reading the cards of a Fulu order."""

from __future__ import annotations

import re
from collections.abc import Mapping

from suppliers.adapters import fulu_wire as wire
from suppliers.adapters.calling import Unclear
from suppliers.outcomes import DeliveredCard


def read_cards(order: wire.Json, secret: str) -> tuple[DeliveredCard, ...]:
    rows = order.get("cards") or []
    if not isinstance(rows, list):
        raise Unclear("unreadable_cards")
    try:
        return tuple(_read_card(row, secret) for row in rows)
    except ValueError:
        raise Unclear("unreadable_cards") from None


def _read_card(row: object, secret: str) -> DeliveredCard:
    if not isinstance(row, Mapping):
        raise ValueError("a card isn't an object")
    number, password = (
        wire.decrypt(wire.text(row, name), secret) if row.get(name) else ""
        for name in ("card_number", "card_pwd")
    )
    if not password:
        # Some goods have one code only, and it comes as the number: that is the secret.
        number, password = "", number
    if not password:
        raise ValueError("a card without a code")
    deadline = re.match(r"\d{4}-\d{2}-\d{2}", wire.text(row, "card_deadline"))
    return DeliveredCard(number, password, deadline.group() if deadline else None)
