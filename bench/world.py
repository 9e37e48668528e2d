"""The shop that is measured: agents, prices, a commission policy, and stock for one SKU."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from catalog.models import SKU, Category, Product
from kameng.models import Agent, CommissionPolicy, GenerationRate, Tier, TierPrice
from kameng.services.tree import create_agent
from ledger import accounts
from ledger import services as ledger
from ledger.models import EntryKind
from ledger.services import Line
from suppliers.models import STOCK_ADAPTER, Supplier
from users.models import User

SKU_CODE = "bench-card"
IMPORT_SKU_CODE = "bench-imported"
STOCK_CODE = "bench-stock"
UNIT_COST = Decimal(80)
BUYERS_PER_UPLINE = 4
UPLINES_PER_MASTER = 4
_DEPOSIT = Decimal(1_000_000_000)


@dataclass(frozen=True, slots=True)
class World:
    """User keys of two groups of buyers: spread over many uplines, and all under one."""

    spread: tuple[int, ...]
    one_upline: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Tiers:
    master: Tier
    upline: Tier
    buyer: Tier


@transaction.atomic
def build(*, buyers: int) -> World:
    """Make the world: each buyer has two uplines, and every purchase pays both of them."""
    tiers = _Tiers(*(Tier.objects.create(rank=n, code=f"t{n}", name=f"{n}级") for n in range(3)))
    Supplier.objects.create(code=STOCK_CODE, name="本地卡密库存", adapter=STOCK_ADAPTER)
    category = Category.objects.create(code="bench", name="游戏点卡")
    for code in (SKU_CODE, IMPORT_SKU_CODE):
        _sell(code, category, tiers)
    _make_policy()
    spread: list[int] = []
    while len(spread) < buyers:
        master = _agent(tiers.master)
        for _ in range(UPLINES_PER_MASTER):
            upline = _agent(tiers.upline, master)
            spread += [_buyer(tiers.buyer, upline) for _ in range(BUYERS_PER_UPLINE)]
    only_upline = _agent(tiers.upline, _agent(tiers.master))
    one_upline = [_buyer(tiers.buyer, only_upline) for _ in spread]
    return World(tuple(spread), tuple(one_upline))


def _sell(code: str, category: Category, tiers: _Tiers) -> None:
    product = Product.objects.create(category=category, code=code, kind="card", name="百元点卡")
    sku = SKU.objects.create(
        product=product,
        code=code,
        kind="card",
        name="100元",
        face_value=Decimal(100),
        list_price=Decimal(100),
        max_quantity=10_000,
    )
    for tier, price in ((tiers.master, 88), (tiers.upline, 90), (tiers.buyer, 95)):
        TierPrice.objects.create(sku=sku, tier=tier, price=Decimal(price))


def _make_policy() -> None:
    policy = CommissionPolicy.objects.create(
        effective_from=timezone.now() - timedelta(hours=1), max_generations=2
    )
    for generation, rate in ((1, "0.01"), (2, "0.005")):
        GenerationRate.objects.create(policy=policy, generation=generation, rate=Decimal(rate))


def _agent(tier: Tier, upline: Agent | None = None) -> Agent:
    user = User.objects.create(username=f"bench{User.objects.count()}")
    return create_agent(user=user, upline=upline, tier=tier, name=user.username)


def _buyer(tier: Tier, upline: Agent) -> int:
    agent = _agent(tier, upline)
    ledger.post(
        reference=f"bench:deposit:{agent.pk}",
        kind=EntryKind.DEPOSIT,
        lines=[Line(accounts.cash("bank"), -_DEPOSIT), Line(agent.wallet_id, _DEPOSIT)],
    )
    return agent.user_id
