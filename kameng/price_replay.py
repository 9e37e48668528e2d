"""What an agent paid in the past: today's rules, with their changes taken back one by one. Pure.

kameng/queries/price_history.py loads the rules of the agent's path and their history.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import TypeVar

from kameng.pricing import AgentRules, PriceContext, PriceQuote, resolve_price

Key = TypeVar("Key")
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Contract:
    agent_id: int
    price: Decimal
    valid_from: datetime
    valid_until: datetime | None

    def holds(self, at: datetime) -> bool:
        return self.valid_from <= at and (self.valid_until is None or at < self.valid_until)


@dataclass(frozen=True, slots=True)
class Markup:
    upline_id: int
    category_id: int | None
    is_for_sku: bool
    rate: Decimal


@dataclass(slots=True)
class Rules:
    """Everything that decides the price of one SKU for one path, at one time.

    `path`: the agent, its upline, … ; `categories`: the SKU's, the nearest first.
    """

    list_price: Decimal
    path: list[int]
    tiers: dict[int, int]
    categories: list[int]
    tier_prices: dict[int, Decimal] = field(default_factory=dict)
    discounts: dict[tuple[int, int], Decimal] = field(default_factory=dict)
    contracts: dict[int, Contract] = field(default_factory=dict)
    markups: dict[int, Markup] = field(default_factory=dict)

    def quote(self, at: datetime) -> PriceQuote:
        uplines: list[int | None] = [*self.path[1:], None]
        return resolve_price(
            PriceContext(
                self.list_price,
                [
                    AgentRules(
                        agent_id,
                        contract_price=self._contract(agent_id, at),
                        markup_rate=self._markup(upline) if upline else None,
                        tier_price=self.tier_prices.get(self.tiers[agent_id]),
                        discount_rate=self._discount(self.tiers[agent_id]),
                    )
                    for agent_id, upline in zip(self.path, uplines, strict=True)
                ],
            )
        )

    def _contract(self, agent_id: int, at: datetime) -> Decimal | None:
        held = (one for one in self.contracts.values() if one.agent_id == agent_id)
        return next((one.price for one in held if one.holds(at)), None)

    def _markup(self, upline_id: int) -> Decimal | None:
        """For the SKU, else for the nearest category, else for everything."""
        own = [one for one in self.markups.values() if one.upline_id == upline_id]
        far = len(self.categories)

        def distance(one: Markup) -> int:
            if one.is_for_sku:
                return -1
            return far if one.category_id is None else self.categories.index(one.category_id)

        return min(own, key=distance).rate if own else None

    def _discount(self, tier_id: int) -> Decimal | None:
        for category_id in self.categories:
            if (category_id, tier_id) in self.discounts:
                return self.discounts[category_id, tier_id]
        return None


@dataclass(frozen=True, slots=True)
class Change:
    """One change in the history, as far as taking it back needs. None: there was none before."""

    at: datetime
    kind: str  # of kameng.models.PriceKind
    row_id: int
    tier_id: int | None = None
    category_id: int | None = None
    agent_id: int | None = None
    old_value: Decimal | None = None
    old_from: datetime | None = None
    old_until: datetime | None = None
    old_tier: int | None = None
    is_for_sku: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """From `at` on the agent paid this; `causes` are what changed then (kinds, or `contract_began`
    and `contract_ended`)."""

    at: datetime
    quote: PriceQuote
    causes: tuple[str, ...]


def replay(
    rules: Rules, changes: Iterable[Change], *, since: datetime, now: datetime
) -> list[Step]:
    """Every time since `since` at which the agent's price, or its reason, became another; oldest
    first, the first one being what held at `since`. `rules` are today's, and are used up."""
    steps: list[Step] = []
    until = now
    newest_first = sorted(changes, key=lambda one: (one.at, one.row_id), reverse=True)
    place = 0
    while place < len(newest_first) and newest_first[place].at > since:
        at = newest_first[place].at
        together = [one for one in newest_first[place:] if one.at == at]
        steps += _between(rules, at, until, tuple(sorted({one.kind for one in together})))
        for one in together:
            _take_back(rules, one)
        place += len(together)
        until = at
    steps += _between(rules, since, until, ())
    steps.sort(key=lambda one: one.at)
    return _that_differ(steps)


def _between(rules: Rules, start: datetime, end: datetime, causes: tuple[str, ...]) -> list[Step]:
    """The steps while the rules stay the same: contracts begin and end by themselves."""
    found = [Step(start, rules.quote(start), causes)]
    for one in rules.contracts.values():
        if start < one.valid_from < end:
            found.append(Step(one.valid_from, rules.quote(one.valid_from), ("contract_began",)))
        if one.valid_until is not None and start < one.valid_until < end:
            found.append(Step(one.valid_until, rules.quote(one.valid_until), ("contract_ended",)))
    return found


def _take_back(rules: Rules, change: Change) -> None:
    match change.kind:
        case "list":
            if change.old_value is not None:
                rules.list_price = change.old_value
        case "tier_price":
            assert change.tier_id is not None
            _put(rules.tier_prices, change.tier_id, change.old_value)
        case "tier_discount":
            assert change.tier_id is not None
            assert change.category_id is not None
            _put(rules.discounts, (change.category_id, change.tier_id), change.old_value)
        case "contract":
            before = None
            if change.old_value is not None and change.old_from is not None:
                assert change.agent_id is not None
                before = Contract(
                    change.agent_id, change.old_value, change.old_from, change.old_until
                )
            _put(rules.contracts, change.row_id, before)
        case "markup":
            was = None
            if change.old_value is not None:
                assert change.agent_id is not None
                was = Markup(
                    change.agent_id, change.category_id, change.is_for_sku, change.old_value
                )
            _put(rules.markups, change.row_id, was)
        case "tier":
            assert change.agent_id is not None
            assert change.old_tier is not None
            rules.tiers[change.agent_id] = change.old_tier


def _put(table: dict[Key, Value], key: Key, value: Value | None) -> None:
    if value is None:
        table.pop(key, None)
    else:
        table[key] = value


def _that_differ(steps: Sequence[Step]) -> list[Step]:
    found: list[Step] = []
    for step in steps:
        if found and found[-1].quote.own == step.quote.own:
            continue
        found.append(step)
    return found
