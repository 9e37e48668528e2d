"""Builders of the retail shop."""

from __future__ import annotations

import re
from decimal import Decimal
from html import unescape

from django.test import Client

from catalog.models import SKU, AccountField, Carrier, Category, Product, Speed
from catalog.services import save_product
from kalegou.models import Member, MemberLevel
from kalegou.services import ensure_member
from kalegou.services.members import lowest_level
from orders.models import Order
from suppliers.models import Supplier
from tests import world

MOBILE_NUMBER = "13826507719"
UNICOM_NUMBER = "18607553321"


def make_level(
    code: str = "gold", *, growth: int = 100, rate: str = "0.9", multiplier: str = "2"
) -> MemberLevel:
    """A level; the one where everybody begins is there before it."""
    if growth:
        lowest_level()
    return MemberLevel.objects.create(
        code=code,
        name=f"{code}级",
        name_en=code.title(),
        min_growth=growth,
        price_rate=Decimal(rate),
        points_multiplier=Decimal(multiplier),
    )


def make_member(balance: str = "0", *, level: MemberLevel | None = None) -> Member:
    member = ensure_member(world.make_user())
    if level is not None:
        member.level = level
        member.save()
    if Decimal(balance):
        world.pay_in(member.wallet_id, balance)
        member.wallet.refresh_from_db()
    return member


def make_carrier(
    carrier: Carrier,
    *faces: int,
    speed: Speed = Speed.FAST,
    supplier: Supplier | None = None,
    category: Category | None = None,
) -> list[SKU]:
    """A carrier's top-ups, a hundredth below the face, with a supplier that is open."""
    supplier = supplier or any_supplier()
    product = save_product(
        Product(
            category=category or world.make_category(),
            code=f"{carrier.value}-{speed.value}",
            kind="topup",
            carrier=carrier,
            speed=speed,
            name=f"{carrier.value}话费",
            name_en=f"{carrier.value} top-up",
        )
    )
    AccountField.objects.create(
        product=product, name="phone", label="手机号码", kind="mobile", max_length=11
    )
    skus = []
    for face in faces:
        sku = SKU.objects.create(
            product=product,
            code=f"{product.code}-{face}",
            kind="topup",
            name=f"{face}元",
            face_value=face,
            list_price=Decimal(face) * Decimal("0.99"),
            max_quantity=1,
        )
        world.make_offer(sku, supplier, cost=str(face * Decimal("0.9")))
        skus.append(sku)
    return skus


def any_supplier() -> Supplier:
    return Supplier.objects.get_or_create(
        code="nobody-calls-it", defaults={"name": "货源", "adapter": "fulu"}
    )[0]


def make_cards(count: int = 5, *, list_price: str = "50", cost: str = "40") -> SKU:
    sku = world.make_sku("card", list_price=list_price)
    save_product(sku.product)
    world.stock_cards(sku, count, unit_cost=cost)
    return sku


def log_in(client: Client, member: Member) -> Client:
    client.force_login(member.user, backend="users.backends.PhoneOrUsernameBackend")
    return client


def checkout_of(client: Client, sku: SKU, quantity: int = 1) -> str:
    """Choose goods on their page; return the address of the checkout."""
    answer = client.post(
        f"/kalegou/products/{sku.product.code}/", {"sku": sku.code, "quantity": quantity}
    )
    assert answer.status_code == 302, answer.content.decode()
    return str(answer.headers["Location"])


def buy_cards(client: Client, sku: SKU, quantity: int = 1, *, payment: str = "wallet") -> Order:
    """The whole way through the pages."""
    client.post(checkout_of(client, sku, quantity), {"payment": payment})
    return Order.objects.latest("pk")


def text_of(content: bytes) -> str:
    """What a person reads of a page: without tags, in one line."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", content.decode())).split())
