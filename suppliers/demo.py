"""The suppliers of the demo world: local card stock and sandbox suppliers.

The two Fulu suppliers are the first and second choice of every top-up. Behind them stands, as a
third, DT One for fast phone top-up and Reloadly for slow, so that a number ends as it does with two
suppliers. Juhe's offers are there and closed: its protocol can't say "no such order", so a number
that ends in 0004 would wait for a person instead of ending with a refund.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

from django.conf import settings
from django.utils import timezone

from catalog.demo_goods import PRODUCTS, DemoProduct, DemoSKU
from catalog.models import SKU, Carrier, DeliveryKind, Speed, StockLot
from suppliers.demo_contracts import load_contracts
from suppliers.models import STOCK_ADAPTER, Offer, Supplier
from suppliers.sandbox.accounts import (
    ACCOUNTS,
    DTONE,
    JUHE,
    PRACTICE,
    RELOADLY,
    SUPPLIERS,
    SandboxAccount,
)
from suppliers.sandbox.goods import GOODS
from suppliers.services import STOCK_PRIORITY, buy_stock, set_secrets

STOCK = "stock"
_PRIORITIES = {"fulu-a": 10, "fulu-b": 20}
_THIRD, _LAST = 30, 40
_JUHE_AMOUNTS = (10, 20, 30, 50, 100, 300)
# DT One's products of ranged value in the sandbox (suppliers/sandbox/dtone.py).
_DTONE_REFS = {
    Carrier.MOBILE: "42001@CNY",
    Carrier.TELECOM: "42002@CNY",
    Carrier.UNICOM: "42003@CNY",
}
_FEN = Decimal("0.01")
# What a card costs us, as a share of its list price: below the dearest discount by some percent.
_CARD_COST_RATE = Decimal("0.82")
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # without 0/O and 1/I: people type these


def load_suppliers() -> None:
    """Load the suppliers, offers and card stock that are missing. After `load_catalogue`."""
    stock, _ = Supplier.objects.get_or_create(
        code=STOCK, defaults={"name": "本地卡密库存", "adapter": STOCK_ADAPTER}
    )
    loaded = {account.code: _load_supplier(account) for account in ACCOUNTS.values()}
    for code in SUPPLIERS:
        _load_topup_offers(loaded[code])
    _load_phone_offers(loaded[DTONE.code], Speed.FAST)
    _load_phone_offers(loaded[RELOADLY.code], Speed.SLOW)
    _load_phone_offers(loaded[JUHE.code], Speed.FAST)
    for goods in PRODUCTS:
        if not goods.account:
            for row in goods.skus:
                _load_stock(stock, goods, row)
    load_contracts()


def _load_supplier(account: SandboxAccount) -> Supplier:
    """One of the sandbox's suppliers. What practice suppliers offer is made with the first order
    (suppliers/practice.py)."""
    url = settings.SUPPLIER_SANDBOX_URL
    where = {"base_url": account.base_url(url), "options": account.options_at(url)}
    supplier, is_new = Supplier.objects.get_or_create(
        code=account.code,
        defaults={
            "name": account.name,
            "adapter": account.protocol,
            **where,
            "is_sandbox": account.code in PRACTICE,
            "settling_seconds": 4,
            "read_timeout_seconds": 3,
            "breaker_open_seconds": 2,
        },
    )
    if is_new:
        set_secrets(supplier=supplier, secrets=account.secrets, actor=None, reason="demo world")
    elif supplier.base_url != where["base_url"]:
        # The sandbox moved to another port with this start.
        Supplier.objects.filter(pk=supplier.pk).update(**where)
        supplier.refresh_from_db()
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
                max_quantity=sku.max_quantity,
            )
            for sku in SKU.objects.filter(kind=DeliveryKind.TOPUP)
        ),
        ignore_conflicts=True,
    )


def _load_phone_offers(supplier: Supplier, speed: Speed) -> None:
    """Phone top-up of one speed, behind the first two suppliers."""
    account = ACCOUNTS[supplier.code]
    is_juhe = account is JUHE
    skus = SKU.objects.filter(product__speed=speed, product__carrier__in=_DTONE_REFS)
    Offer.objects.bulk_create(
        (
            Offer(
                supplier=supplier,
                sku=sku,
                supplier_ref=_DTONE_REFS[Carrier(sku.product.carrier)] if account is DTONE else "",
                cost=sku.face_value * account.phone_rate,
                priority=_LAST if is_juhe else _THIRD,
                max_quantity=sku.max_quantity,
                is_open=not is_juhe,
            )
            for sku in skus.select_related("product")
            if not is_juhe or sku.face_value in _JUHE_AMOUNTS
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
