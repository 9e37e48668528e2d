"""The wholesale part of the demo world: tiers, prices, a commission policy, five agents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from catalog.models import SKU, Category, DeliveryKind
from kameng.demo_support import load_support
from kameng.identity import LegalPerson
from kameng.models import (
    Agent,
    ApiKey,
    CommissionPolicy,
    Diligence,
    GenerationRate,
    LegalKind,
    Tier,
    TierDiscount,
    TierPrice,
)
from kameng.services.api_keys import create_api_key
from kameng.services.diligence import accept
from kameng.services.tree import create_agent
from ledger import accounts
from ledger import services as ledger
from ledger.models import EntryKind
from ledger.services import Line
from orders.money import to_fen
from users.models import User


@dataclass(frozen=True, slots=True)
class _Tier:
    code: str
    name: str
    name_en: str
    topup_rate: Decimal  # of the face value of a phone top-up
    card_rate: Decimal  # of the list price of everything else
    limits: tuple[int, int, int]  # one order, a day, a month


@dataclass(frozen=True, slots=True)
class _Agent:
    username: str
    phone: str
    name: str
    tier: str
    upline: str | None
    balance: Decimal
    invite_code: str
    legal: tuple[LegalKind, str, str]  # of a region that doesn't exist, with right check digits
    valid_days: int = 700


@dataclass(frozen=True, slots=True)
class DemoKey:
    """An API key with a public secret: for the demo world only."""

    key_id: str
    secret: str = field(repr=False)


_LIMITS = (
    (1_000_000, 3_000_000, 30_000_000),
    (300_000, 1_000_000, 10_000_000),
    (100_000, 300_000, 3_000_000),
)
TIERS = (
    _Tier("master", "总代", "Master", Decimal("0.973"), Decimal("0.88"), _LIMITS[0]),
    _Tier("level1", "一级代理", "Level 1", Decimal("0.98"), Decimal("0.915"), _LIMITS[1]),
    _Tier("level2", "二级代理", "Level 2", Decimal("0.986"), Decimal("0.95"), _LIMITS[2]),
)
AGENTS = (
    _Agent(
        "zongdai",
        "13900000001",
        "华南总代",
        "master",
        None,
        Decimal(200_000),
        "DEMZNGDA",
        (LegalKind.COMPANY, "广州华南数娱科技有限公司", "91449900MA5KM0001M"),
    ),
    _Agent(
        "yiji",
        "13900000002",
        "深圳恒讯数码",
        "level1",
        "zongdai",
        Decimal(50_000),
        "DEMYJAAA",
        (LegalKind.COMPANY, "深圳市恒讯数码有限公司", "91449900MA5KM0002Q"),
    ),
    _Agent(
        "erji",
        "13900000003",
        "福田小陈充值店",
        "level2",
        "yiji",
        Decimal(10_000),
        "DEMERJAA",
        (LegalKind.PERSON, "陈志强", "449900198806120139"),
    ),
    _Agent(
        "zongdai2",
        "13900000004",
        "华东总代",
        "master",
        None,
        Decimal(150_000),
        "DEMZNGDB",
        (LegalKind.COMPANY, "杭州华东通联网络有限公司", "91339900MA5KM00031"),
    ),
    _Agent(
        "yiji2",
        "13900000005",
        "杭州云卡科技",
        "level1",
        "zongdai2",
        Decimal(30_000),
        "DEMYJBBB",
        (LegalKind.COMPANY, "杭州云卡科技有限公司", "91339900MA5KM00044"),
        valid_days=25,  # the reminder shows
    ),
)
POLICY_FROM = datetime(2026, 1, 1, tzinfo=UTC)
GENERATION_RATES = (Decimal("0.003"), Decimal("0.001"))


def demo_keys() -> Mapping[str, DemoKey]:
    """Each demo agent's API key, by username."""
    return {
        agent.username: DemoKey(f"ak_demo_{agent.username}", f"demo-secret-{agent.username}-2026")
        for agent in AGENTS
    }


def sandbox_keys() -> Mapping[str, DemoKey]:
    """Each demo agent's key of the sandbox, by username."""
    return {
        agent.username: DemoKey(
            f"ak_sandbox_demo_{agent.username}", f"demo-sandbox-{agent.username}-2026"
        )
        for agent in AGENTS
    }


@transaction.atomic
def load_agents(*, password_hash: str) -> None:
    """Load what is missing; what is there already stays as it is."""
    tiers = _load_tiers()
    _load_prices(tiers)
    _load_policy()
    for wanted in AGENTS:
        _load_agent(wanted, tiers, password_hash)
    load_support()


def _load_sandbox_key(user: User) -> None:
    key = sandbox_keys()[user.username]
    if not ApiKey.objects.filter(key_id=key.key_id).exists():
        create_api_key(
            agent=user.agent,
            actor=user,
            label="演示（练习币）",
            is_sandbox=True,
            key_id=key.key_id,
            secret=key.secret,
        )


def _load_tiers() -> dict[str, Tier]:
    return {
        tier.code: Tier.objects.get_or_create(
            code=tier.code,
            defaults={
                "name": tier.name,
                "name_en": tier.name_en,
                "rank": rank,
                "single_limit": tier.limits[0],
                "daily_limit": tier.limits[1],
                "monthly_limit": tier.limits[2],
            },
        )[0]
        for rank, tier in enumerate(TIERS)
    }


def _load_prices(tiers: Mapping[str, Tier]) -> None:
    """Phone top-ups by the SKU, everything else by its root category."""
    topups = list(SKU.objects.filter(kind=DeliveryKind.TOPUP).exclude(product__carrier=""))
    roots = list(Category.objects.filter(parent=None))
    for tier in TIERS:
        TierPrice.objects.bulk_create(
            (
                TierPrice(
                    tier=tiers[tier.code],
                    sku=sku,
                    price=to_fen(min(sku.face_value * tier.topup_rate, sku.list_price)),
                )
                for sku in topups
            ),
            ignore_conflicts=True,
        )
        TierDiscount.objects.bulk_create(
            (
                TierDiscount(tier=tiers[tier.code], category=root, rate=tier.card_rate)
                for root in roots
            ),
            ignore_conflicts=True,
        )


def _load_policy() -> None:
    policy, is_new = CommissionPolicy.objects.get_or_create(
        effective_from=POLICY_FROM,
        defaults={"max_generations": len(GENERATION_RATES), "after_sale_hours": 72},
    )
    if is_new:
        GenerationRate.objects.bulk_create(
            GenerationRate(policy=policy, generation=generation, rate=rate)
            for generation, rate in enumerate(GENERATION_RATES, start=1)
        )


def _load_agent(wanted: _Agent, tiers: Mapping[str, Tier], password_hash: str) -> None:
    user, _ = User.objects.get_or_create(
        username=wanted.username, defaults={"phone": wanted.phone, "password": password_hash}
    )
    if not Agent.objects.filter(user=user).exists():
        upline = Agent.objects.get(user__username=wanted.upline) if wanted.upline else None
        agent = create_agent(user=user, upline=upline, tier=tiers[wanted.tier], name=wanted.name)
        Agent.objects.filter(pk=agent.pk).update(invite_code=wanted.invite_code)
        key = demo_keys()[wanted.username]
        create_api_key(agent=agent, actor=user, label="Demo", key_id=key.key_id, secret=key.secret)
    _load_sandbox_key(user)
    _load_legal_person(user.agent, wanted)
    ledger.post(
        reference=f"demo:deposit:{wanted.username}",
        kind=EntryKind.DEPOSIT,
        lines=[
            Line(accounts.cash("bank"), -wanted.balance),
            Line(accounts.wallet("wholesale", user), wanted.balance),
        ],
    )


def _load_legal_person(agent: Agent, wanted: _Agent) -> None:
    if not Diligence.objects.filter(agent=agent).exists():
        kind, name, number = wanted.legal
        accept(
            agent=agent,
            legal=LegalPerson(kind=kind, name=name, id_number=number, phone=wanted.phone),
            valid_until=timezone.localdate() + timedelta(days=wanted.valid_days),
        )
