"""Reading DT One's products and prices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from suppliers.adapters.values import amount_of, text_of

FIXED, RANGED, PIN = "FIXED_VALUE_RECHARGE", "RANGED_VALUE_RECHARGE", "PIN_PURCHASE"


@dataclass(frozen=True, slots=True)
class PricedProduct:
    """`price` is the account's currency for one (ranged: for one unit at the destination)."""

    ref: str
    name: str
    is_pin: bool
    price: Decimal
    face_value: Decimal | None
    is_ranged: bool = False


def read_product(row: object) -> PricedProduct | None:
    """One product; None for a kind or a price that can't be ordered here."""
    key, kind = text_of(row, "id"), text_of(row, "type")
    destination = object_at(row, "destination")
    unit = text_of(destination, "unit")
    if not key.isdigit() or kind not in (FIXED, RANGED, PIN):
        return None
    name = text_of(row, "name")
    if kind == RANGED:
        rate = amount_of(object_at(row, "rates").get("wholesale"))
        if not rate or not unit:
            return None
        return PricedProduct(f"{key}@{unit}", name, False, 1 / rate, None, is_ranged=True)
    wholesale = object_at(row, "prices", "wholesale")
    amount = amount_of(wholesale.get("amount"))
    if amount is None:
        return None
    price = amount + (amount_of(wholesale.get("fee")) or Decimal(0))
    face_value = amount_of(destination.get("amount")) if unit == "CNY" else None
    return PricedProduct(key, name, kind == PIN, price, face_value)


def object_at(values: object, *path: str) -> Mapping[str, object]:
    """The object at a path; an empty one when there is none."""
    for name in path:
        values = values.get(name) if isinstance(values, Mapping) else None
    return values if isinstance(values, Mapping) else {}
