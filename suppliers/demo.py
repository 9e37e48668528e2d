"""The suppliers of the demo world: local card stock and sandbox suppliers."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

from django.conf import settings
from django.utils import timezone

from catalog.demo_goods import PRODUCTS, DemoProduct, DemoSKU
from catalog.models import SKU, DeliveryKind, StockLot
from suppliers.models import STOCK_ADAPTER, Offer, Supplier
from suppliers.sandbox.accounts import ACCOUNTS, PRACTICE, SUPPLIERS
from suppliers.sandbox.goods import GOODS
from suppliers.services import STOCK_PRIORITY, buy_stock, set_secrets

STOCK = "stock"
_PRIORITIES = {"fulu-a": 10, "fulu-b": 20}
_FEN = Decimal("0.01")
# What a card costs us, as a share of its list price: below the dearest discount by some percent.
_CARD_COST_RATE = Decimal("0.82")
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # without 0/O and 1/I: people type these


def load_suppliers() -> None:
    """Load the suppliers, offers and card stock that are missing. After `load_catalogue`."""
    stock, _ = Supplier.objects.get_or_create(
        code=STOCK, defaults={"name": "本地卡密库存", "adapter": STOCK_ADAPTER}
    )
    for code in SUPPLIERS:
        supplier = _load_fulu(code)
        _load_topup_offers(supplier)
    for code in PRACTICE:  # what they offer is made with the first order (suppliers/practice.py)
        _load_fulu(code)
    for goods in PRODUCTS:
        if not goods.account:
            for row in goods.skus:
                _load_stock(stock, goods, row)


def _load_fulu(code: str) -> Supplier:
    account = ACCOUNTS[code]
    supplier, is_new = Supplier.objects.get_or_create(
        code=code,
        defaults={
            "name": account.name,
            "adapter": "fulu",
            "base_url": settings.SUPPLIER_SANDBOX_URL,
            "is_sandbox": code in PRACTICE,
            "settling_seconds": 4,
            "read_timeout_seconds": 3,
        },
    )
    if not is_new and supplier.base_url != settings.SUPPLIER_SANDBOX_URL:
        # The sandbox moved to another port with this start.
        supplier.base_url = settings.SUPPLIER_SANDBOX_URL
        supplier.save(update_fields=["base_url"])
    if is_new:
        secrets = {"app_key": account.app_key, "app_secret": account.app_secret}
        set_secrets(supplier=supplier, secrets=secrets, actor=None, reason="demo world")
    return supplier


def _load_topup_offers(supplier: Supplier) -> None:
    """One offer for every top-up, at the price that the sandbox charges."""
    refs = {row.code: row.ref for goods in PRODUCTS for row in goods.skus if row.ref}
    phone_rate = ACCOUNTS[supplier.code].phone_rate
    Offer.objects.bulk_create(
        (
            Offer(
                supplier=supplier,
                sku=sku,
                supplier_ref=refs.get(sku.code, ""),
                cost=GOODS[int(refs[sku.code])].price
                if sku.code in refs
                else sku.face_value * phone_rate,
                priority=_PRIORITIES[supplier.code],
                max_quantity=1,
            )
            for sku in SKU.objects.filter(kind=DeliveryKind.TOPUP)
        ),
        ignore_conflicts=True,
    )


def _load_stock(stock: Supplier, goods: DemoProduct, row: DemoSKU) -> None:
    sku = SKU.objects.get(code=row.code)
    cost = (sku.list_price * _CARD_COST_RATE).quantize(_FEN)
    if row.stock == 0:  # sold out: an offer without a card
        Offer.objects.get_or_create(
            supplier=stock, sku=sku, defaults={"cost": cost, "priority": STOCK_PRIORITY}
        )
        return
    if StockLot.objects.filter(sku=sku).exists():
        return
    lines = "\n".join(_card_lines(goods, row))
    buy_stock(
        sku=sku,
        source=io.BytesIO(lines.encode()),
        supplier_code=stock.code,
        unit_cost=cost,
        source_name="demo",
    )


def _card_lines(goods: DemoProduct, row: DemoSKU) -> Iterator[str]:
    """Made-up codes, the same in every demo world; half of the dated ones expire earlier."""
    today = timezone.localdate()
    for place in range(row.stock):
        digest = hashlib.sha256(f"demo card {row.code} {place}".encode()).digest()
        number = f"{int.from_bytes(digest[:8], 'big') % 10**16:016d}"
        letters = "".join(_LETTERS[byte % len(_LETTERS)] for byte in digest[8:24])
        secret = "-".join(letters[start : start + 4] for start in range(0, 16, 4))
        expires = ""
        if goods.expires:
            expires = (today + timedelta(days=180 if place * 2 < row.stock else 365)).isoformat()
        yield f"{'' if goods.category == 'software' else number},{secret},{expires}"
