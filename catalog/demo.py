"""The catalogue of the demo world: three carriers' phone top-ups and the goods of demo_goods."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction

from catalog.demo_goods import CATEGORIES, PRODUCTS, DemoProduct, DemoSKU
from catalog.models import (
    SKU,
    AccountField,
    AccountFieldKind,
    Carrier,
    Category,
    DeliveryKind,
    Product,
    Speed,
)
from catalog.services import save_product, save_sku


@dataclass(frozen=True, slots=True)
class _Carrier:
    code: str
    carrier: Carrier
    name: str
    name_en: str
    tone: str
    # What a consumer pays, by face value.
    fast_prices: dict[int, str]


_CARRIERS = (
    _Carrier(
        "cmcc",
        Carrier.MOBILE,
        "中国移动",
        "China Mobile",
        "sky",
        {10: "9.99", 20: "19.95", 30: "29.85", 50: "49.60"}
        | {100: "98.90", 200: "197.60", 300: "296.40", 500: "493.50"},
    ),
    _Carrier(
        "cucc",
        Carrier.UNICOM,
        "中国联通",
        "China Unicom",
        "red",
        {10: "9.98", 20: "19.92", 30: "29.80", 50: "49.50"}
        | {100: "98.80", 200: "197.40", 300: "296.10", 500: "493.20"},
    ),
    _Carrier(
        "ctcc",
        Carrier.TELECOM,
        "中国电信",
        "China Telecom",
        "blue",
        {10: "9.99", 20: "19.96", 30: "29.90", 50: "49.70"}
        | {100: "99.00", 200: "197.80", 300: "296.70", 500: "494.00"},
    ),
)
_SLOW_FACES = (50, 100, 200, 500)
_SLOW_RATE = Decimal("0.978")
_STEP, _ANY_RATE = Decimal(5), Decimal("0.994")

# name, label, English label, kind, shortest, longest
_FieldRow = tuple[str, str, str, AccountFieldKind, int, int]
_ACCOUNTS: dict[str, tuple[_FieldRow, ...]] = {
    "phone": (("phone", "手机号码", "Mobile number", AccountFieldKind.MOBILE, 11, 11),),
    "qq": (("account", "QQ号", "QQ number", AccountFieldKind.DIGITS, 5, 12),),
    "uid": (
        ("account", "游戏UID", "Game UID", AccountFieldKind.DIGITS, 9, 10),
        ("server", "服务器", "Server", AccountFieldKind.TEXT, 2, 20),
    ),
}
_HOW_TO_TOP_UP = "填写账号，核对无误后下单。充值失败自动退款。"
_HOW_TO_TOP_UP_EN = "Enter the account, check it, and order. A failed top-up is refunded by itself."
_HOW_TO_REDEEM = "付款后立即显示卡号和卡密，请在官方渠道兑换。卡密一经查看不退不换。"
_HOW_TO_REDEEM_EN = (
    "The code is shown as soon as you have paid; redeem it at the official site or shop."
    " A code that was shown can't be returned."
)


@transaction.atomic
def load_catalogue() -> None:
    """Load the demo goods that are missing; what is there already stays as it is."""
    categories = _load_categories()
    for position, carrier in enumerate(_CARRIERS):
        _load_phone(categories["phone"], carrier, Speed.FAST, position * 2)
        _load_phone(categories["phone"], carrier, Speed.SLOW, position * 2 + 1)
        _load_any_amount(carrier.code)
    for position, goods in enumerate(PRODUCTS, start=10):
        _load_goods(categories[goods.category], goods, position)


def _load_categories() -> dict[str, Category]:
    loaded: dict[str, Category] = {}
    for position, wanted in enumerate(CATEGORIES):
        category = Category.objects.filter(code=wanted.code).first()
        loaded[wanted.code] = category or Category.objects.create(
            code=wanted.code,
            name=wanted.name,
            name_en=wanted.name_en,
            icon=wanted.icon,
            position=position,
            parent=loaded.get(wanted.parent),
        )
    return loaded


def _load_phone(category: Category, carrier: _Carrier, speed: Speed, position: int) -> None:
    is_slow = speed == Speed.SLOW
    code = f"{carrier.code}-slow" if is_slow else carrier.code
    if Product.objects.filter(code=code).exists():
        return
    product = save_product(
        Product(
            category=category,
            code=code,
            name=f"{carrier.name}话费{'慢充' if is_slow else '快充'}",
            name_en=f"{carrier.name_en} top-up, {'slow' if is_slow else 'fast'}",
            kind=DeliveryKind.TOPUP,
            brand=carrier.name,
            carrier=carrier.carrier,
            speed=speed,
            icon="smartphone",
            tone=carrier.tone,
            summary="72小时内到账，价格更低" if is_slow else "1–10分钟到账，失败秒退款",
            summary_en="Within 72 hours, cheaper" if is_slow else "In 1–10 minutes",
            description=_HOW_TO_TOP_UP,
            description_en=_HOW_TO_TOP_UP_EN,
            is_official=not is_slow,
            position=position,
        )
    )
    _load_account(product, "phone")
    for place, (face, price) in enumerate(carrier.fast_prices.items()):
        if not is_slow or face in _SLOW_FACES:
            list_price = face * _SLOW_RATE if is_slow else Decimal(price)
            row = DemoSKU(f"{code}-{face}", f"{face}元", f"¥{face}", str(face), str(list_price))
            _load_sku(product, row, place)


def _load_any_amount(code: str) -> None:
    """What the person types, in steps of five yuan."""
    if SKU.objects.filter(code=f"{code}-any").exists():
        return
    save_sku(
        SKU(
            product=Product.objects.get(code=code),
            code=f"{code}-any",
            name="自选金额（每5元）",
            name_en="Any amount (by ¥5)",
            face_value=_STEP,
            list_price=_STEP * _ANY_RATE,
            min_quantity=1,
            max_quantity=200,
            is_any_amount=True,
            position=90,
        )
    )


def _load_goods(category: Category, goods: DemoProduct, position: int) -> None:
    if Product.objects.filter(code=goods.code).exists():
        return
    is_topup = bool(goods.account)
    product = save_product(
        Product(
            category=category,
            code=goods.code,
            name=goods.name,
            name_en=goods.name_en,
            kind=DeliveryKind.TOPUP if is_topup else DeliveryKind.CARD,
            brand=goods.brand,
            icon=goods.icon,
            tone=goods.tone,
            summary=goods.summary,
            summary_en=goods.summary_en,
            description=_HOW_TO_TOP_UP if is_topup else _HOW_TO_REDEEM,
            description_en=_HOW_TO_TOP_UP_EN if is_topup else _HOW_TO_REDEEM_EN,
            is_official=goods.is_official,
            is_on_sale=goods.is_on_sale,
            position=position,
        )
    )
    if is_topup:
        _load_account(product, goods.account)
    for place, row in enumerate(goods.skus):
        _load_sku(product, row, place)


def _load_account(product: Product, account: str) -> None:
    AccountField.objects.bulk_create(
        AccountField(
            product=product,
            name=name,
            label=label,
            label_en=label_en,
            kind=kind,
            min_length=shortest,
            max_length=longest,
            position=position,
        )
        for position, (name, label, label_en, kind, shortest, longest) in enumerate(
            _ACCOUNTS[account]
        )
    )


def _load_sku(product: Product, row: DemoSKU, position: int) -> None:
    is_topup = product.kind == DeliveryKind.TOPUP
    save_sku(
        SKU(
            product=product,
            code=row.code,
            name=row.name,
            name_en=row.name_en,
            face_value=Decimal(row.face),
            list_price=Decimal(row.price),
            max_quantity=1 if is_topup else 10_000,
            position=position,
        )
    )
