"""What the DT One of the sandbox sells.

410CVVV is phone top-up of a fixed value (C: carrier 1 to 3, V: yuan), 4200C of any value, 43xxxxx
a PIN.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from suppliers.sandbox.accounts import SandboxAccount
from suppliers.sandbox.goods import CARRIERS, GOODS, PHONE_FACE_VALUES

CNY_PER_USD = Decimal("7.2")
CENT = Decimal("0.01")
FIXED, RANGED, PIN = "FIXED_VALUE_RECHARGE", "RANGED_VALUE_RECHARGE", "PIN_PURCHASE"


@dataclass(frozen=True, slots=True)
class Product:
    """`value` is CNY at the destination; None for a ranged one. `goods_id` is what a PIN is of."""

    id: int
    type: str
    name: str
    value: Decimal | None
    price_cny: Decimal
    goods_id: int = 0

    def price(self, account: SandboxAccount, value: Decimal) -> Decimal:
        cny = self.price_cny if self.type == PIN else value * account.phone_rate
        return (cny / CNY_PER_USD).quantize(Decimal("0.00001"))


def _catalogue() -> dict[int, Product]:
    products = []
    for carrier, (sp_type, _) in CARRIERS.items():
        for value in PHONE_FACE_VALUES:
            key = 4_100_000 + sp_type * 1000 + value
            name = f"China {carrier} {value} CNY"
            products.append(Product(key, FIXED, name, Decimal(value), Decimal(0)))
        name = f"China {carrier} open range"
        products.append(Product(42_000 + sp_type, RANGED, name, None, Decimal(0)))
    for goods in GOODS.values():
        if goods.kind == "卡密" and goods.sales_status == "上架" and goods.stock_status == "充足":
            key = 4_300_000 + goods.product_id % 1000
            products.append(
                Product(key, PIN, goods.name, goods.face_value, goods.price, goods.product_id)
            )
    return {product.id: product for product in products}


PRODUCTS = _catalogue()


def shown_product(product: Product, account: SandboxAccount) -> dict[str, object]:
    value = product.value
    shown: dict[str, object] = {
        "id": product.id,
        "name": product.name,
        "type": product.type,
        "destination": {
            "unit_type": "CURRENCY",
            "unit": "CNY",
            "amount": float(value) if value is not None else {"min": 1, "max": 1000},
        },
        "prices": {"wholesale": None},
    }
    if value is None:
        shown["rates"] = {"wholesale": float((CNY_PER_USD / account.phone_rate).quantize(CENT))}
    else:
        price = float(product.price(account, value))
        shown["prices"] = {"wholesale": {"amount": price, "fee": 0, "unit": "USD"}}
    return shown
