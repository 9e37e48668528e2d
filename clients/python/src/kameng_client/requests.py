"""What is sent."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class OrderRequest:
    """One order. `client_ref` is your own number: one of them never buys twice."""

    sku: str
    quantity: int
    client_ref: str
    account: Mapping[str, str] = field(default_factory=dict)
    max_unit_price: Decimal | None = None
    callback_url: str = ""

    def document(self) -> dict[str, object]:
        sent: dict[str, object] = {
            "sku": self.sku,
            "quantity": self.quantity,
            "client_ref": self.client_ref,
        }
        if self.account:
            sent["account"] = dict(self.account)
        if self.max_unit_price is not None:
            sent["max_unit_price"] = f"{self.max_unit_price:f}"
        if self.callback_url:
            sent["callback_url"] = self.callback_url
        return sent


def encoded(document: Mapping[str, object]) -> bytes:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
