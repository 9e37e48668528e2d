"""What is read for one answer of the API, before it becomes JSON."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from catalog.models import SKU, AccountField


@dataclass(frozen=True, slots=True)
class AccountState:
    """An agent as its own program sees it (amounts in CNY)."""

    username: str
    tier: str
    status: str
    balance: Decimal
    currency: str
    credit_line: Decimal
    reads_per_minute: int
    writes_per_minute: int


@dataclass(frozen=True, slots=True)
class PricedSKU:
    """A SKU on sale with one agent's price (CNY). `stock` is None for what isn't kept in stock."""

    sku: SKU
    price: Decimal
    stock: int | None

    @property
    def name(self) -> str:
        return f"{self.sku.product.label} {self.sku.label}"

    @property
    def account_fields(self) -> list[AccountField]:
        return list(self.sku.product.account_fields.all())
