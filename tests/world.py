"""Builders: a world in one line each, through the real services where one exists."""

from __future__ import annotations

import itertools
from datetime import timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.utils import timezone

from catalog.models import SKU, AccountField, Category, Product, SupplierContract
from kameng.documents import REQUIRED
from kameng.identity import LegalPerson
from kameng.models import (
    Agent,
    Application,
    CommissionPolicy,
    Diligence,
    Document,
    DocumentKind,
    GenerationRate,
    InviteLink,
    LegalKind,
    Tier,
    TierPrice,
)
from kameng.services.applications import apply
from kameng.services.diligence import accept
from kameng.services.invites import Invitation
from kameng.services.papers import keep_document
from kameng.services.tree import create_agent
from ledger import accounts
from ledger import checks as ledger_checks
from ledger import services as ledger
from ledger.checking import run_all
from ledger.models import EntryKind, Unit
from ledger.services import Line
from orders.models import Fulfilment, FulfilmentStatus, Order, Refund
from orders.services import fulfil, refund_order
from suppliers.models import STOCK_ADAPTER, Offer, Supplier
from suppliers.services import buy_stock
from users.models import User

PNG = b"\x89PNG\r\n\x1a\n"
LEGAL = LegalPerson(LegalKind.PERSON, "陈小明", "440301199001011234", "13800138000")
PASSWORD = "a-long-test-password-7"
_numbers = itertools.count(1)


def next_number() -> int:
    """A number that no other builder has."""
    return next(_numbers)


def make_user(username: str = "", **fields: Any) -> User:
    name = username or f"user{next(_numbers)}"
    return User.objects.create_user(username=name, password=PASSWORD, **fields)


def make_category(**fields: Any) -> Category:
    code = f"category-{next(_numbers)}"
    category: Category = Category.objects.create(**{"code": code, "name": "游戏点卡", **fields})
    return category


def make_sku(kind: str = "card", *, list_price: str = "100", **fields: Any) -> SKU:
    """A SKU on sale with a product of its own; a top-up asks for a mobile number."""
    number = next(_numbers)
    product = Product.objects.create(
        category=fields.pop("category", None) or make_category(),
        code=f"product-{number}",
        kind=kind,
        name=f"商品{number}",
        name_en=f"Product {number}",
    )
    if kind == "topup":
        AccountField.objects.create(
            product=product, name="phone", label="手机号码", kind="mobile", max_length=11
        )
    return SKU.objects.create(
        **{
            "product": product,
            "code": f"sku-{number}",
            "kind": kind,
            "name": f"{list_price}元",
            "face_value": Decimal(list_price),
            "list_price": Decimal(list_price),
            "max_quantity": 10_000 if kind == "card" else 1,
            **fields,
        }
    )


def stock_supplier() -> Supplier:
    return Supplier.objects.get_or_create(
        code="stock", defaults={"name": "本地卡密库存", "adapter": STOCK_ADAPTER}
    )[0]


def make_contract(product: Product, *, begins: int = -10, ends: int = 10) -> SupplierContract:
    """A contract behind an official product, from so many days from now until so many."""
    today = timezone.localdate()
    contract = SupplierContract.objects.create(
        supplier_code="stock",
        party="品牌方有限公司",
        party_en="Brand Owner Ltd.",
        number=f"C-{next(_numbers)}",
        scope="线上零售",
        valid_from=today + timedelta(days=begins),
        valid_until=today + timedelta(days=ends),
    )
    contract.products.add(product)
    return contract


def make_offer(sku: SKU, supplier: Supplier, *, cost: str = "90", **fields: Any) -> Offer:
    return Offer.objects.create(sku=sku, supplier=supplier, cost=Decimal(cost), **fields)


def stock_cards(sku: SKU, count: int, *, unit_cost: str = "80", tag: str = "") -> None:
    """Import `count` new cards through the real import."""
    tag = tag or f"T{next(_numbers)}"
    lines = "".join(f"{tag}N{i:07d},{tag}S{i:07d}\n" for i in range(count))
    buy_stock(
        sku=sku,
        supplier_code=stock_supplier().code,
        unit_cost=Decimal(unit_cost),
        source=BytesIO(lines.encode()),
    )


def pay_in(account_id: int, amount: str) -> None:
    """Put money into a wallet, out of the bank."""
    ledger.post(
        reference=f"test:{next(_numbers)}:{account_id}",
        kind=EntryKind.DEPOSIT,
        lines=[
            Line(accounts.cash("bank"), -Decimal(amount)),
            Line(account_id, Decimal(amount)),
        ],
    )


def give_points(account_id: int, points: int) -> None:
    """Give a member points, out of nowhere."""
    ledger.post(
        reference=f"test:{next(_numbers)}:{account_id}",
        kind=EntryKind.POINTS,
        lines=[
            Line(accounts.points_issued(), -Decimal(points), Unit.POINT),
            Line(account_id, Decimal(points), Unit.POINT),
        ],
    )


def make_tier(rank: int) -> Tier:
    return Tier.objects.get_or_create(
        rank=rank, defaults={"code": f"tier{rank}", "name": f"等级{rank}"}
    )[0]


def make_agent(
    *, upline: Agent | None = None, balance: str = "0", rank: int | None = None, name: str = ""
) -> Agent:
    """An approved agent, one tier below its upline, with money in its wallet."""
    if rank is None:
        rank = upline.tier.rank + 1 if upline else 0
    user = make_user()
    agent = create_agent(user=user, upline=upline, tier=make_tier(rank), name=name or user.username)
    if Decimal(balance):
        pay_in(agent.wallet_id, balance)
    return agent


def accept_papers(
    agent: Agent,
    *,
    name: str = "陈小明",
    kind: LegalKind = LegalKind.PERSON,
    id_number: str = "440301199001011234",
    days: int = 365,
) -> Diligence:
    """Staff know who stands behind the agent, for so many days more."""
    return accept(
        agent=agent,
        legal=LegalPerson(kind, name, id_number, "13800138000"),
        valid_until=timezone.localdate() + timedelta(days=days),
    )


def upload_papers(user: User, kind: LegalKind = LegalKind.PERSON) -> dict[DocumentKind, Document]:
    """What is needed to apply, uploaded as drafts; each time other files."""
    return {
        needed: keep_document(
            owner=user,
            kind=needed,
            upload=SimpleUploadedFile(f"{needed}.png", PNG + str(next(_numbers)).encode()),
        )
        for needed in REQUIRED[kind]
    }


def make_application(
    user: User | None = None,
    *,
    inviter: Agent | None = None,
    link: InviteLink | None = None,
    tier: Tier | None = None,
    legal: LegalPerson = LEGAL,
) -> Application:
    """Somebody applied, with new papers."""
    user = user or make_user()
    if link is not None:
        inviter = link.agent
    return apply(
        user=user,
        invitation=Invitation(inviter, link) if inviter else None,
        tier=tier,
        legal=legal,
        documents=upload_papers(user, legal.kind),
    )


def make_chain(*balances: str) -> list[Agent]:
    """A master, its downline, and so on, each with a balance."""
    chain: list[Agent] = []
    for balance in balances:
        chain.append(make_agent(upline=chain[-1] if chain else None, balance=balance))
    return chain


def price_tiers(sku: SKU, *prices: str) -> None:
    """The tiers' prices for a SKU, master first."""
    for rank, price in enumerate(prices):
        TierPrice.objects.create(sku=sku, tier=make_tier(rank), price=Decimal(price))


@transaction.atomic  # once a policy is in force, its rates can't be added any more
def make_policy(*rates: str, share: str = "1", hours: int = 72) -> CommissionPolicy:
    """A commission policy in force since an hour ago, with a rate per generation."""
    policy = CommissionPolicy.objects.create(
        effective_from=timezone.now() - timedelta(hours=1),
        level_difference_share=Decimal(share),
        max_generations=max(len(rates), 2),
        after_sale_hours=hours,
    )
    for generation, rate in enumerate(rates, start=1):
        GenerationRate.objects.create(policy=policy, generation=generation, rate=Decimal(rate))
    return policy


def begin(order: Order) -> Fulfilment | None:
    """As a worker up to the call: choose offers, take the first queued attempt to be sent."""
    fulfil(order_id=order.pk)
    attempt = order.fulfilments.filter(status=FulfilmentStatus.QUEUED).first()
    if attempt is not None:
        now = timezone.now()
        attempt.status = FulfilmentStatus.SUBMITTING
        attempt.submitted_at = now
        attempt.due_at = now + timedelta(seconds=30)
        attempt.save()
    return attempt


def refund(order: Order, amount: Decimal, *, quantity: int = 0) -> Refund:
    """Staff refund (part of) a delivered order, each time anew."""
    return refund_order(
        order=order,
        amount=amount,
        quantity=quantity,
        reason="test",
        actor=None,
        request_ref=f"refund{next(_numbers)}",
    )


def ledger_is_clean() -> bool:
    """The ledger's own invariants, for tests that post without orders behind it."""
    broken = {result.name: result.problems for result in ledger_checks.run() if result.problems}
    assert not broken, broken
    return True


def books_are_clean() -> bool:
    """Run every invariant of check_ledger; fails naming what is broken."""
    broken = {result.name: result.problems for result in run_all() if result.problems}
    assert not broken, broken
    return True
