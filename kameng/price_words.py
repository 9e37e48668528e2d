"""Sentences about prices that break a rule, and about changes of prices."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.models import SKU, Category
from kameng.models import Agent, ContractPrice, PriceKind, Tier
from kameng.price_items import PriceItem
from kameng.price_rails import Problem
from kameng.queries.price_tables import values_now
from ui.formats import money


def goods_name(sku: SKU) -> str:
    return f"{sku.product.label} {sku.label}"


def problem_sentences(problems: Sequence[Problem]) -> list[str]:
    """One for each, in the reader's language: whose price, how much, and what it is below."""
    skus = _skus(problem.sku_id for problem in problems)
    tiers = {tier.pk: tier for tier in Tier.objects.all()}
    agents = Agent.objects.in_bulk(
        {
            key
            for one in problems
            for kind, key in ((one.who, one.who_id), (one.above, one.above_id))
            if kind == "agent" and key is not None
        }
    )

    def name(kind: str, key: int | None) -> str:
        found = tiers.get(key or 0) if kind == "tier" else agents.get(key or 0)
        if found is None:
            return "?"
        return found.label if isinstance(found, Tier) else found.name

    return [
        _sentence(one, skus, who=name(one.who, one.who_id), above=name(one.above, one.above_id))
        for one in problems
    ]


def _sentence(problem: Problem, skus: dict[int, SKU], *, who: str, above: str) -> str:
    figures = {
        "goods": goods_name(skus[problem.sku_id]),
        "who": who,
        "price": money(problem.price),
        "least": money(problem.least, 4 if problem.above == "cost" else 2),
        "above": above,
    }
    match problem.rule, problem.who, problem.above:
        case "below_cost", "tier", _any:
            text = _(
                "%(goods)s: the tier %(who)s would pay %(price)s, below the cost of %(least)s at"
                " the cheapest usable offer."
            )
        case "below_cost", _who, _any:
            text = _(
                "%(goods)s: %(who)s would pay %(price)s, below the cost of %(least)s at the"
                " cheapest usable offer."
            )
        case _rule, "tier", _above:
            text = _(
                "%(goods)s: the tier %(who)s would pay %(price)s, below the %(least)s of the tier"
                " %(above)s above it."
            )
        case _:
            text = _(
                "%(goods)s: %(who)s would pay %(price)s, below the %(least)s that its upline"
                " %(above)s pays."
            )
    sentence = text % figures
    if problem.at > timezone.now():
        sentence = _("From %(time)s on: %(what)s") % {"time": moment(problem.at), "what": sentence}
    return sentence


def moment(at: datetime) -> str:
    return timezone.localtime(at).strftime("%Y-%m-%d %H:%M")


def percent(share: Decimal) -> str:
    return f"{(share * 100).normalize():f}%"


@dataclass(frozen=True, slots=True)
class ItemLine:
    """One change as a person reads it: what of whom, before, after."""

    what: str
    who: str
    about: str
    before: str
    after: str


def item_lines(items: Sequence[PriceItem]) -> list[ItemLine]:
    """The changes beside what holds now, in a constant number of statements."""
    names = _Names(items)
    return [names.line(item) for item in items]


class _Names:
    """What items are about, loaded once for all of them."""

    def __init__(self, items: Sequence[PriceItem]) -> None:
        self.contracts = ContractPrice.objects.in_bulk([i.row_id for i in items if i.row_id])
        held = [one.sku_id for one in self.contracts.values()]
        self.skus = _skus([*(i.sku_id for i in items if i.sku_id), *held])
        self.categories = Category.objects.in_bulk([i.category_id for i in items if i.category_id])
        self.tiers = Tier.objects.in_bulk([i.tier_id for i in items if i.tier_id])
        holders = [one.agent_id for one in self.contracts.values()]
        self.agents = Agent.objects.in_bulk([*(i.agent_id for i in items if i.agent_id), *holders])
        self.before = values_now(items)

    def line(self, item: PriceItem) -> ItemLine:
        contract = self.contracts.get(item.row_id or 0)
        agent = self.agents.get(contract.agent_id if contract else item.agent_id or 0)
        tier = self.tiers.get(item.tier_id or 0)
        sku = self.skus.get(contract.sku_id if contract else item.sku_id or 0)
        category = self.categories.get(item.category_id or 0)
        if sku is not None:
            about = goods_name(sku)
        else:
            about = category.label if category else _("everything")
        return ItemLine(
            what=str(item.kind.label),
            who=agent.name if agent else (tier.label if tier else ""),
            about=about,
            before=self._before(item, contract),
            after=shown_value(item.kind, item.value, item.valid_from, item.valid_until),
        )

    def _before(self, item: PriceItem, contract: ContractPrice | None) -> str:
        if contract is not None:
            return shown_value(item.kind, contract.price, contract.valid_from, contract.valid_until)
        return shown_value(item.kind, self.before.get(place_of(item)))


def place_of(item: PriceItem) -> tuple[object, ...]:
    """Where in the price tables an item stands."""
    return (
        item.kind.value, item.sku_id, item.category_id, item.tier_id, item.agent_id, item.row_id
    )  # fmt: skip


def shown_value(
    kind: PriceKind,
    value: Decimal | None,
    start: datetime | None = None,
    end: datetime | None = None,
) -> str:
    """A value of a price table as a person reads it, with its dates."""
    if value is None:
        return "—"
    if kind == PriceKind.MARKUP:
        return f"+{percent(value)}"
    if kind == PriceKind.TIER_DISCOUNT:
        return percent(value)
    text = money(value)
    if start is None and end is None:
        return text
    return f"{text} ({moment(start) if start else ''} – {moment(end) if end else ''})"


def _skus(ids: Iterable[int]) -> dict[int, SKU]:
    found = SKU.objects.filter(pk__in=set(ids)).select_related("product")
    return {sku.pk: sku for sku in found}
