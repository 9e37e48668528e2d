"""One change of a price, as it is decided, kept and shown. Pure data; no rule stands here.

`kameng/services/price_changes.py` makes them true, all or none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from kameng.models import PriceKind

# What can be changed here; an agent's tier and upline are changed elsewhere.
CHANGEABLE = (
    PriceKind.LIST,
    PriceKind.TIER_PRICE,
    PriceKind.TIER_DISCOUNT,
    PriceKind.CONTRACT,
    PriceKind.MARKUP,
)


@dataclass(frozen=True, slots=True)
class PriceItem:
    """A new `value` for one place in a price table; None takes the row away.

    Which of the keys count depends on `kind`. A contract is named by its row (`row_id`), or is a
    new one of an agent for a SKU between two times.
    """

    kind: PriceKind
    value: Decimal | None
    sku_id: int | None = None
    category_id: int | None = None
    tier_id: int | None = None
    agent_id: int | None = None
    row_id: int | None = None
    valid_from: datetime | None = None
    valid_until: datetime | None = None

    def as_json(self) -> dict[str, object]:
        found: dict[str, object] = {
            "kind": self.kind.value,
            "value": None if self.value is None else str(self.value),
        }
        for name in ("sku_id", "category_id", "tier_id", "agent_id", "row_id"):
            if getattr(self, name) is not None:
                found[name] = getattr(self, name)
        for name in ("valid_from", "valid_until"):
            moment = getattr(self, name)
            if moment is not None:
                found[name] = moment.isoformat()
        return found

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> PriceItem:
        moments = {
            name: datetime.fromisoformat(kept[name])
            for name in ("valid_from", "valid_until")
            if kept.get(name)
        }
        return cls(
            kind=PriceKind(kept["kind"]),
            value=None if kept["value"] is None else Decimal(kept["value"]),
            sku_id=kept.get("sku_id"),
            category_id=kept.get("category_id"),
            tier_id=kept.get("tier_id"),
            agent_id=kept.get("agent_id"),
            row_id=kept.get("row_id"),
            **moments,
        )
