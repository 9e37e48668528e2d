"""An upline's markups, and what a new one would do to the prices below it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Exists, OuterRef, QuerySet

from catalog.models import SKU
from catalog.queries import sellable_skus
from kameng.errors import PriceRefused
from kameng.models import Agent, ContractPrice, DownlineMarkup, Tier
from kameng.price_items import PriceItem
from kameng.price_rules import price_list
from kameng.price_words import problem_sentences
from kameng.services.price_changes import preview_with
from kameng.services.price_writing import touched_skus

SHOWN_ROWS = 100


@dataclass(frozen=True, slots=True)
class PriceBelow:
    """What agents of one tier directly below pay for one (CNY)."""

    before: Decimal
    after: Decimal


@dataclass(frozen=True, slots=True)
class MarkupRow:
    sku: SKU
    own: Decimal
    below: tuple[PriceBelow, ...]


@dataclass(frozen=True, slots=True)
class MarkupPreview:
    """`tiers` are those of the direct downline; rows beyond SHOWN_ROWS are counted in `more`."""

    tiers: tuple[Tier, ...]
    rows: tuple[MarkupRow, ...]
    more: int
    problems: tuple[str, ...]


def markups_of(agent: Agent) -> QuerySet[DownlineMarkup]:
    """For everything first, then categories, then SKUs."""
    found = DownlineMarkup.objects.filter(upline=agent).select_related("category", "sku__product")
    return found.order_by("sku__product", "sku__position", "category__tree_id", "category__lft")


def markup_preview(agent: Agent, item: PriceItem) -> MarkupPreview:
    """The prices of the direct downline as they are and as they would be. Changes nothing.

    Agents of one tier pay the same, unless one has a contract: one without stands for its tier.
    """
    found = sellable_skus().filter(pk__in=touched_skus([item]))
    skus = list(
        found.order_by(
            "product__category__tree_id", "product__category__lft", "product_id", "position"
        )
    )
    shown = skus[:SHOWN_ROWS]
    ids = [sku.pk for sku in shown]
    ones = _one_of_each_tier(agent)
    own = price_list(agent, ids)
    before = [price_list(one, ids) for one in ones]
    try:
        problems, after = preview_with(
            lambda: [price_list(one, ids) for one in ones], items=[item], near=agent
        )
    except PriceRefused as refused:
        return MarkupPreview((), (), 0, (str(refused),))
    return MarkupPreview(
        tiers=tuple(one.tier for one in ones),
        rows=tuple(
            MarkupRow(
                sku,
                own[sku.pk].price,
                tuple(
                    PriceBelow(was[sku.pk].price, will[sku.pk].price)
                    for was, will in zip(before, after, strict=True)
                ),
            )
            for sku in shown
        ),
        more=len(skus) - len(shown),
        problems=tuple(problem_sentences(problems)),
    )


def _one_of_each_tier(agent: Agent) -> Sequence[Agent]:
    contracts = ContractPrice.objects.filter(agent=OuterRef("pk"))
    direct = Agent.objects.filter(parent=agent).annotate(has_contract=Exists(contracts))
    firsts = direct.order_by("tier__rank", "has_contract", "pk").distinct("tier__rank")
    return list(firsts.select_related("tier"))
