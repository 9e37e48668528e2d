"""Prices of the demo world beyond tiers: contracts, markups, a scheduled change, a bit of history,
and the next version of the commission rules."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from django.utils import timezone

from catalog.models import SKU, Category
from kameng.models import (
    Agent,
    ChangeSource,
    CommissionPolicy,
    ContractPrice,
    DownlineMarkup,
    GenerationRate,
    PolicyOverride,
    PriceChange,
    PriceChangeSet,
    PriceKind,
    Tier,
)
from kameng.price_items import PriceItem
from kameng.services.price_changes import change_prices, draft_changes, save_draft
from users.models import User

NEXT_POLICY_FROM = datetime(2027, 1, 1, tzinfo=UTC)
# (agent, SKU, price, begins after so many days, ends after so many)
CONTRACTS = (
    ("erji", "windows-11-pro", Decimal(305), 0, 90),
    ("yiji", "office-365-year", Decimal(250), 0, None),
    ("yiji2", "steam-500", Decimal(445), 10, 100),
)
# (upline, category or SKU, share)
MARKUPS = (
    ("yiji", "travel", "", Decimal("0.03")),
    ("zongdai", "", "starbucks-tall", Decimal("0.02")),
)
# (SKU, days ago, list price until then)
HISTORY = (
    ("tencent-video-month", 75, Decimal("27.00")),
    ("tencent-video-month", 21, Decimal("29.80")),
    ("kfc-100", 40, Decimal("94.00")),
)
_WHY = "演示数据"


def load_price_rules(*, staff: User) -> None:
    """Once: what is there already stays as it is, and what was ended isn't begun anew."""
    agents = {agent.user.username: agent for agent in Agent.objects.select_related("user")}
    if PriceChangeSet.objects.filter(reason=_WHY).exists():
        return
    skus = {sku.code: sku for sku in SKU.objects.all()}
    now = timezone.now()
    items = [
        PriceItem(
            kind=PriceKind.CONTRACT,
            value=price,
            agent_id=agents[username].pk,
            sku_id=skus[code].pk,
            valid_from=now + timedelta(days=starts_in),
            valid_until=None if days is None else now + timedelta(days=days),
        )
        for username, code, price, starts_in, days in CONTRACTS
        if not ContractPrice.objects.filter(agent=agents[username]).exists()
    ]
    for username, category, code, rate in MARKUPS:
        if not DownlineMarkup.objects.filter(upline=agents[username]).exists():
            items.append(
                PriceItem(
                    kind=PriceKind.MARKUP,
                    value=rate,
                    agent_id=agents[username].pk,
                    category_id=Category.objects.get(code=category).pk if category else None,
                    sku_id=skus[code].pk if code else None,
                )
            )
    change_prices(items=items, actor=staff, reason=_WHY, source=ChangeSource.FORM)
    _load_scheduled(skus["jd-1000"], staff)
    _load_history(skus, staff)
    _load_next_policy()


def _load_scheduled(sku: SKU, staff: User) -> None:
    changes = draft_changes(
        items=[
            PriceItem(
                kind=PriceKind.TIER_PRICE,
                value=Decimal("940.00"),
                sku_id=sku.pk,
                tier_id=Tier.objects.get(code="level2").pk,
            )
        ],
        actor=staff,
        source=ChangeSource.GRID,
    )
    save_draft(
        changes=changes,
        actor=staff,
        reason="下周起二级代理京东卡降价",
        effective_at=timezone.now() + timedelta(days=7),
    )


def _load_history(skus: dict[str, SKU], staff: User) -> None:
    """Of a time before this world was made; its agents have been here for longer, too."""
    now = timezone.now()
    Agent.objects.filter(approved_at__gt=now - timedelta(days=1)).update(
        approved_at=now - timedelta(days=120)
    )
    after: dict[str, Decimal] = {}
    rows = []
    for code, days, before in sorted(HISTORY, key=lambda one: one[1]):
        sku = skus[code]
        rows.append(
            PriceChange(
                at=now - timedelta(days=days),
                kind=PriceKind.LIST,
                row_id=sku.pk,
                sku=sku,
                old_value=before,
                new_value=after.get(code, sku.list_price),
                actor=staff,
            )
        )
        after[code] = before
    PriceChange.objects.bulk_create(rows)


def _load_next_policy() -> None:
    policy, is_new = CommissionPolicy.objects.get_or_create(
        effective_from=NEXT_POLICY_FROM,
        defaults={"max_generations": 2, "after_sale_hours": 48, "note": "2027 年政策"},
    )
    if not is_new:
        return
    for generation, rate in enumerate((Decimal("0.004"), Decimal("0.001")), start=1):
        GenerationRate.objects.create(policy=policy, generation=generation, rate=rate)
    PolicyOverride.objects.create(
        policy=policy,
        category=Category.objects.get(code="software"),
        level_difference_share=Decimal("0.8"),
        rate_1=Decimal("0.008"),
        rate_2=Decimal("0.003"),
    )
