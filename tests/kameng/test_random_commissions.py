"""A thousand random orders over random trees, prices and policies: what each upline earns, keeps
and is paid is worked out again below, in plain arithmetic that shares nothing with the product, and
is equal to 0.0001 of a yuan.

All thousand go through the channel's own quote, with real rules in the database; every order is
made real as well: placed, delivered, commission accrued, some of it refunded, before and after it
was settled.
"""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal

import pytest
import time_machine
from django.db import transaction
from django.utils import timezone

from catalog.models import SKU, Category
from kameng.models import (
    Agent,
    Commission,
    CommissionPolicy,
    ContractPrice,
    DownlineMarkup,
    GenerationRate,
    PolicyOverride,
    Settlement,
    TierDiscount,
    TierPrice,
)
from kameng.services.settling import settle_due_commissions
from ledger.services import balances
from orders.models import Order
from orders.services import place_order
from tests import world

# Real commits: a process then remembers the keys of accounts, as it does in production.
pytestmark = pytest.mark.django_db(transaction=True)

ORDERS = 1000
SEED = 20261124
FEN, TEN_THOUSANDTH = Decimal("0.01"), Decimal("0.0001")
ZERO = Decimal(0)


@dataclass
class Rules:
    """The world as plain tables, kept beside the database rows that say the same."""

    parent: dict[int, int | None] = field(default_factory=dict)
    tier: dict[int, int] = field(default_factory=dict)
    list_price: dict[int, Decimal] = field(default_factory=dict)
    cost: dict[int, Decimal] = field(default_factory=dict)
    categories: dict[int, list[int]] = field(default_factory=dict)  # of a SKU, nearest first
    tier_price: dict[tuple[int, int], Decimal] = field(default_factory=dict)
    discount: dict[tuple[int, int], Decimal] = field(default_factory=dict)
    contract: dict[tuple[int, int], Decimal] = field(default_factory=dict)
    markup: dict[tuple[int, str, int], Decimal] = field(default_factory=dict)
    share: Decimal = ZERO
    depth: int = 0
    rates: list[Decimal] = field(default_factory=list)
    other: dict[tuple[str, int], tuple[Decimal, list[Decimal]]] = field(default_factory=dict)


def fen(amount: Decimal) -> Decimal:
    return amount.quantize(FEN, ROUND_HALF_UP)


def floor4(amount: Decimal) -> Decimal:
    return amount.quantize(TEN_THOUSANDTH, ROUND_DOWN)


# --- the world ----------------------------------------------------------------------------------


def random_world(dice: random.Random) -> tuple[Rules, list[Agent], list[SKU]]:
    rules = Rules()
    agents: list[Agent] = []
    for _tree in range(4):
        members = [world.make_agent(balance="9000000")]
        for _member in range(11):
            upline = dice.choice([one for one in members if one.tier.rank < 5])
            members.append(world.make_agent(upline=upline, balance="9000000"))
        agents += members
    for agent in agents:
        rules.parent[agent.pk], rules.tier[agent.pk] = agent.parent_id, agent.tier_id
    skus = random_goods(dice, rules)
    random_prices(dice, rules, agents, skus)
    return rules, agents, skus


def random_goods(dice: random.Random, rules: Rules) -> list[SKU]:
    skus = []
    for _root in range(3):
        root = world.make_category()
        inner = world.make_category(parent=root)
        for category, above in ((root, [root.pk]), (inner, [inner.pk, root.pk])):
            for _sku in range(2):
                listed = Decimal(dice.randrange(500, 30000)) / 100
                sku = world.make_sku(
                    list_price=str(listed), category=Category.objects.get(pk=category.pk)
                )
                cost = (listed * dice.randrange(650, 930) / 1000).quantize(TEN_THOUSANDTH)
                world.stock_cards(sku, 500, unit_cost=str(cost))
                rules.list_price[sku.pk], rules.cost[sku.pk] = listed, cost
                rules.categories[sku.pk] = above
                skus.append(sku)
    return skus


def random_prices(dice: random.Random, rules: Rules, agents: list[Agent], skus: list[SKU]) -> None:
    """Prices in any order: also tiers that pay less than the one above, as old data may have."""

    def rate(low: int, high: int) -> Decimal:
        return Decimal(dice.randrange(low, high)) / 1000

    tiers = sorted({agent.tier_id for agent in agents})
    for sku in skus:
        for tier in tiers:
            if dice.random() < 0.3:
                price = fen(sku.list_price * rate(820, 1000))
                TierPrice.objects.create(sku=sku, tier_id=tier, price=price)
                rules.tier_price[sku.pk, tier] = price
    for category in {one for above in rules.categories.values() for one in above}:
        for tier in tiers:
            if dice.random() < 0.6:
                share = rate(820, 1000)
                TierDiscount.objects.create(category_id=category, tier_id=tier, rate=share)
                rules.discount[category, tier] = share
    now = timezone.now()
    for agent in agents:
        for sku in skus:
            if dice.random() < 0.05:
                price = fen(sku.list_price * rate(800, 980))
                ContractPrice.objects.create(
                    agent=agent, sku=sku, price=price, valid_from=now - timedelta(days=1)
                )
                rules.contract[agent.pk, sku.pk] = price
            elif dice.random() < 0.05:  # over, or not begun: counts for nothing
                start = now + timedelta(days=dice.choice([-9, 30]))
                ContractPrice.objects.create(
                    agent=agent,
                    sku=sku,
                    price=Decimal(1),
                    valid_from=start,
                    valid_until=start + timedelta(days=3),
                )
        if dice.random() < 0.4:
            sku = dice.choice(skus)
            for kind, key in (
                ("all", 0),
                ("category", dice.choice(rules.categories[sku.pk])),
                ("sku", sku.pk),
            ):
                if dice.random() < 0.5:
                    added = rate(0, 60)
                    DownlineMarkup.objects.create(
                        upline=agent,
                        category_id=key if kind == "category" else None,
                        sku_id=key if kind == "sku" else None,
                        rate=added,
                    )
                    rules.markup[agent.pk, kind, key] = added


def random_policy(dice: random.Random, rules: Rules, start: datetime) -> None:
    """A version of the rules that is in force since `start`, with exceptions."""
    rules.depth = dice.choice([0, 1, 2, 2, 3, 3])
    rules.share = Decimal(dice.choice([0, 2500, 5000, 7777, 10000])) / 10000

    def rates() -> list[Decimal]:
        return [Decimal(dice.randrange(0, 300)) / 10000 for _ in range(rules.depth)]

    rules.rates, rules.other = rates(), {}
    with transaction.atomic():
        policy = CommissionPolicy.objects.create(
            effective_from=start,
            level_difference_share=rules.share,
            max_generations=rules.depth,
            after_sale_hours=72,
        )
        for generation, rate in enumerate(rules.rates, start=1):
            GenerationRate.objects.create(policy=policy, generation=generation, rate=rate)
        for sku, above in rules.categories.items():
            for kind, key in (("sku", sku), ("category", dice.choice(above))):
                if dice.random() < 0.25 and (kind, key) not in rules.other:
                    share, its = Decimal(dice.randrange(0, 101)) / 100, rates()
                    PolicyOverride.objects.create(
                        policy=policy,
                        category_id=key if kind == "category" else None,
                        sku_id=key if kind == "sku" else None,
                        level_difference_share=share,
                        **{f"rate_{n}": rate for n, rate in enumerate(its, start=1)},
                    )
                    rules.other[kind, key] = share, its


# --- the independent calculation ----------------------------------------------------------------


def price_of(rules: Rules, agent: int, sku: int) -> Decimal:
    """Contract, else upline's price with its markup, else tier price, discount, list price."""
    upline, tier = rules.parent[agent], rules.tier[agent]
    if (agent, sku) in rules.contract:
        price = rules.contract[agent, sku]
    elif upline is not None and (added := markup_of(rules, upline, sku)) is not None:
        price = price_of(rules, upline, sku) * (1 + added)
    elif (sku, tier) in rules.tier_price:
        price = rules.tier_price[sku, tier]
    else:
        price = rules.list_price[sku]
        for category in rules.categories[sku]:
            if (category, tier) in rules.discount:
                price *= rules.discount[category, tier]
                break
    return max(fen(price), FEN)


def markup_of(rules: Rules, upline: int, sku: int) -> Decimal | None:
    places = [("sku", sku), *(("category", one) for one in rules.categories[sku]), ("all", 0)]
    for kind, key in places:
        if (upline, kind, key) in rules.markup:
            return rules.markup[upline, kind, key]
    return None


def earnings(rules: Rules, buyer: int, sku: int, quantity: int) -> dict[int, Decimal]:
    """What each upline earns on an order: gaps and rates, cut to the margin from the far end."""
    share, rates = rules.share, rules.rates
    for place in [("sku", sku), *(("category", one) for one in rules.categories[sku])]:
        if place in rules.other:
            share, rates = rules.other[place]
            break
    paid = price_of(rules, buyer, sku)
    total = fen(paid * quantity)
    left = max(total - rules.cost[sku] * quantity, ZERO)
    found: dict[int, Decimal] = {}
    upline, cheapest = rules.parent[buyer], paid
    for generation in range(rules.depth):
        if upline is None:
            break
        own = price_of(rules, upline, sku)
        gap = cheapest - own if own < cheapest else ZERO
        cheapest = min(cheapest, own)
        wanted = floor4(gap * quantity * share) + floor4(total * rates[generation])
        got = min(wanted, floor4(left))
        left -= got
        if got:
            found[upline] = got
        upline = rules.parent[upline]
    return found


# --- the test -----------------------------------------------------------------------------------


@dataclass
class Placed:
    order: Order
    kept: Decimal  # of the order's amount, after refunds
    shares: dict[int, Decimal]  # what is left of each upline's


def refund_part(dice: random.Random, one: Placed) -> dict[int, Decimal]:
    """Refund some or all of what is kept; return what each upline loses, worked out by hand."""
    amount = one.kept if dice.random() < 0.3 else fen(one.kept * dice.randrange(5, 95) / 100)
    if not amount:
        return {}
    world.refund(one.order, amount)
    lost = {}
    for upline, left in one.shares.items():
        if amount == one.kept:
            back = left
        else:
            back = (left * amount / one.kept).quantize(TEN_THOUSANDTH, ROUND_HALF_EVEN)
        lost[upline] = min(back, left)
    one.kept -= amount
    one.shares = {upline: left - lost[upline] for upline, left in one.shares.items()}
    return lost


def test_a_thousand_random_orders_pay_what_a_plain_calculation_says() -> None:
    dice = random.Random(SEED)
    began = timezone.now() - timedelta(days=1)
    rules, agents, skus = random_world(dice)
    start = {one.pk: amount for one, amount in wallets(agents).items()}
    placed: list[Placed] = []
    spent: defaultdict[int, Decimal] = defaultdict(Decimal)
    earned: dict[tuple[int, int], Decimal] = {}
    while len(placed) < ORDERS:
        number = len(placed)
        if number % 100 == 0:
            # Each takes over from the last, before the first order that follows.
            began += timedelta(seconds=1)
            random_policy(dice, rules, began)
        buyer, sku = dice.choice(agents), dice.choice(skus)
        quantity = dice.choice([1, 1, 1, 2, 3, 7])
        if price_of(rules, buyer.pk, sku.pk) < rules.cost[sku.pk]:
            continue  # nobody delivers at a loss
        order = place_order(
            channel="wholesale",
            buyer=buyer.user,
            sku=sku,
            quantity=quantity,
            client_ref=f"r{number}",
        ).order
        assert order.unit_price == price_of(rules, buyer.pk, sku.pk)
        shares = earnings(rules, buyer.pk, sku.pk, quantity)
        earned |= {(order.pk, upline): amount for upline, amount in shares.items()}
        spent[buyer.pk] += order.total
        placed.append(Placed(order, order.total, shares))
        if dice.random() < 0.15:
            refund_part(dice, placed[-1])
            spent[buyer.pk] -= order.total - placed[-1].kept
    rows = Commission.objects.all()
    assert differences({(row.order_id, row.agent_id): row.amount for row in rows}, earned) == {}
    assert len(earned) > 800
    assert rows.filter(was_capped=True).count() > 20
    assert {row.generation for row in rows} == {1, 2, 3}

    owed_by: defaultdict[int, Decimal] = defaultdict(Decimal)
    paid_to: defaultdict[int, Decimal] = defaultdict(Decimal)
    for one in placed:
        for upline, left in one.shares.items():
            paid_to[upline] += left
    with time_machine.travel(timezone.now() + timedelta(hours=73), tick=True):
        assert settle_due_commissions() == sum(paid_to.values())
        for one in dice.sample(placed, 60):  # after it was settled: owed, the wallet untouched
            before = one.kept
            for upline, lost in refund_part(dice, one).items():
                owed_by[upline] += lost
            assert one.order.buyer is not None
            spent[one.order.buyer.agent.pk] -= before - one.kept

    now = wallets(agents)
    payable = balances([agent.commission_payable_id for agent in agents])
    for agent in agents:
        assert now[agent] == start[agent.pk] - spent[agent.pk] + paid_to[agent.pk]
        assert payable[agent.commission_payable_id] == -owed_by[agent.pk]
    assert sum(owed_by.values()) > 0
    assert sum(row.amount for row in Settlement.objects.all()) == sum(paid_to.values())
    kept = {(row.order_id, row.agent_id): row.kept for row in Commission.objects.all()}
    wanted = {(one.order.pk, who): amount for one in placed for who, amount in one.shares.items()}
    assert differences(kept, wanted) == {}
    assert world.books_are_clean()


def differences(
    theirs: dict[tuple[int, int], Decimal], ours: dict[tuple[int, int], Decimal]
) -> dict[tuple[int, int], tuple[Decimal | None, Decimal | None]]:
    """The first few places where the two differ: a thousand rows are no message."""
    wrong = [key for key in theirs.keys() | ours.keys() if theirs.get(key) != ours.get(key)]
    return {key: (theirs.get(key), ours.get(key)) for key in sorted(wrong)[:5]}


def wallets(agents: list[Agent]) -> dict[Agent, Decimal]:
    found = balances([agent.wallet_id for agent in agents])
    return {agent: found[agent.wallet_id] for agent in agents}
