"""How an agent's own price of a SKU came to be what it is, from the history of every price."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.models import SKU, Category
from kameng.models import (
    Agent,
    ContractPrice,
    DownlineMarkup,
    PriceChange,
    PriceKind,
    TierDiscount,
    TierPrice,
)
from kameng.price_replay import Change, Contract, Markup, Rules, Step, replay
from kameng.pricing import PriceRule, explain
from kameng.queries.orders import start_of

LOOK_BACK = timedelta(days=365)
CHART_DAYS = 90
MOST_CHANGES = 2000


@dataclass(frozen=True, slots=True)
class OwnChange:
    """The agent's price became `price` at `at` (`before`: what it was, None for the first)."""

    at: datetime
    price: Decimal
    before: Decimal | None
    explanation: str
    cause: str

    @property
    def difference(self) -> Decimal | None:
        return None if self.before is None else self.price - self.before


@dataclass(frozen=True, slots=True)
class OwnHistory:
    """Newest first; `points` are (day, price) of the last days, for a chart."""

    changes: tuple[OwnChange, ...]
    points: tuple[tuple[str, Decimal], ...]


def own_history(agent: Agent, sku: SKU) -> OwnHistory:
    """Since the agent is where it is, a year at most. A constant number of statements."""
    now = timezone.now()
    rows = _rows(agent, sku, since=now - LOOK_BACK)
    moved = [row.at for row in rows if row.kind == PriceKind.UPLINE]
    since = max([agent.approved_at, now - LOOK_BACK, *moved])
    steps = replay(
        _rules_now(agent, sku),
        [_change(row, sku) for row in rows if row.kind != PriceKind.UPLINE],
        since=since,
        now=now,
    )
    return OwnHistory(
        changes=tuple(reversed(_changes(steps, agent))), points=tuple(_points(steps, now=now))
    )


def _categories(sku: SKU) -> list[Category]:
    """The SKU's category and those above it, the nearest first."""
    nearest = sku.product.category
    return list(
        Category.objects.filter(
            tree_id=nearest.tree_id, lft__lte=nearest.lft, rght__gte=nearest.rght
        ).order_by("-lft")
    )


def _rules_now(agent: Agent, sku: SKU) -> Rules:
    path = [agent.pk, *agent.upline_ids]
    tiers = dict(Agent.objects.filter(pk__in=path).values_list("pk", "tier_id"))
    categories = [one.pk for one in _categories(sku)]
    is_about = Q(sku=sku) | Q(category__in=categories) | Q(sku=None, category=None)
    return Rules(
        list_price=sku.list_price,
        path=path,
        tiers=tiers,
        categories=categories,
        tier_prices=dict(TierPrice.objects.filter(sku=sku).values_list("tier_id", "price")),
        discounts={
            (category_id, tier_id): rate
            for category_id, tier_id, rate in TierDiscount.objects.filter(
                category__in=categories
            ).values_list("category_id", "tier_id", "rate")
        },
        contracts={
            one.pk: Contract(one.agent_id, one.price, one.valid_from, one.valid_until)
            for one in ContractPrice.objects.filter(sku=sku, agent__in=path)
        },
        markups={
            one.pk: Markup(one.upline_id, one.category_id, one.sku_id is not None, one.rate)
            for one in DownlineMarkup.objects.filter(is_about, upline__in=path)
        },
    )


def _rows(agent: Agent, sku: SKU, *, since: datetime) -> list[PriceChange]:
    path = [agent.pk, *agent.upline_ids]
    categories = [one.pk for one in _categories(sku)]
    of_sku = PriceChange.objects.filter(sku=sku, at__gt=since).filter(
        Q(agent=None) | Q(agent__in=path)
    )
    of_many = PriceChange.objects.filter(sku=None, at__gt=since).filter(
        Q(category__in=categories, agent=None)
        | Q(agent__in=path, category=None)
        | Q(agent__in=path, category__in=categories)
    )
    return [*of_sku[:MOST_CHANGES], *of_many[:MOST_CHANGES]]


def _change(row: PriceChange, sku: SKU) -> Change:
    return Change(
        at=row.at,
        kind=row.kind,
        row_id=row.row_id,
        tier_id=row.tier_id,
        category_id=row.category_id,
        agent_id=row.agent_id,
        old_value=row.old_value,
        old_from=row.old_from,
        old_until=row.old_until,
        old_tier=row.old_ref,
        is_for_sku=row.sku_id == sku.pk,
    )


def _changes(steps: Sequence[Step], agent: Agent) -> list[OwnChange]:
    found = []
    for number, step in enumerate(steps):
        before = steps[number - 1] if number else None
        found.append(
            OwnChange(
                at=step.at,
                price=step.quote.price,
                before=before.quote.price if before else None,
                explanation=explain(step.quote, tier=agent.tier.label),
                cause=_cause(step, before),
            )
        )
    return found


def _cause(step: Step, before: Step | None) -> str:
    """Why it changed, without telling what others pay."""
    if before is None:
        return _("The first price here.")
    if "contract_began" in step.causes:
        return _("A contract price began.")
    if "contract_ended" in step.causes:
        return _("A contract price ended.")
    kinds = set(step.causes)
    if kinds == {PriceKind.LIST.value}:
        return _("The list price was changed.")
    if PriceKind.TIER.value in kinds:
        return _("Another tier.")
    if PriceKind.MARKUP.value in kinds:
        return _("An upline changed what it adds.")
    if PriceKind.CONTRACT.value in kinds:
        return _("A contract price was changed.")
    if step.quote.own.rule == PriceRule.MARKUP:
        return _("Your upline's own price was changed.")
    return _("The prices of your tier were changed.")


def _points(steps: Sequence[Step], *, now: datetime) -> list[tuple[str, Decimal]]:
    """The price at the end of each of the last days."""
    today = timezone.localdate()
    points = []
    for back in range(CHART_DAYS - 1, -1, -1):
        day = today - timedelta(days=back)
        end = min(start_of(day + timedelta(days=1)), now)
        held = [step for step in steps if step.at <= end]
        if held:
            points.append((f"{day:%m-%d}", held[-1].quote.price))
    return points
