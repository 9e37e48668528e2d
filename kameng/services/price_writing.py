"""Writing changes into the price tables. Only kameng/services/price_changes.py calls it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Manager
from django.utils import timezone

from catalog.models import SKU, Category
from kameng.models import ContractPrice, DownlineMarkup, PriceKind, TierDiscount, TierPrice
from kameng.price_items import PriceItem


def touched_skus(items: Sequence[PriceItem]) -> set[int]:
    """The SKUs of which some agent's price may change."""
    found = {item.sku_id for item in items if item.sku_id is not None}
    contracts = [item.row_id for item in items if item.kind == PriceKind.CONTRACT and item.row_id]
    if contracts:
        rows = ContractPrice.objects.filter(pk__in=contracts)
        found |= set(rows.values_list("sku_id", flat=True))
    categories = {item.category_id for item in items if item.category_id is not None}
    for category in Category.objects.filter(pk__in=categories):
        inside = SKU.objects.filter(
            product__category__tree_id=category.tree_id,
            product__category__lft__gte=category.lft,
            product__category__rght__lte=category.rght,
        )
        found |= set(inside.values_list("pk", flat=True))
    if any(_is_for_everything(item) for item in items):
        found |= set(SKU.objects.values_list("pk", flat=True))
    return found


def _is_for_everything(item: PriceItem) -> bool:
    return item.kind == PriceKind.MARKUP and item.sku_id is None and item.category_id is None


def write_items(items: Sequence[PriceItem]) -> None:
    """Make the changes true, whatever they break. Runs in the transaction that holds the lock."""
    _write_rows(TierPrice, [one for one in items if one.kind == PriceKind.TIER_PRICE], "price")
    _write_rows(TierDiscount, [one for one in items if one.kind == PriceKind.TIER_DISCOUNT], "rate")
    list_prices = {one.sku_id: one.value for one in items if one.kind == PriceKind.LIST}
    SKU.objects.bulk_update(
        [SKU(pk=sku_id, list_price=value) for sku_id, value in list_prices.items() if value],
        ["list_price"],
        batch_size=500,
    )
    for item in items:
        if item.kind == PriceKind.MARKUP:
            _write_markup(item)
        elif item.kind == PriceKind.CONTRACT:
            _write_contract(item)


def _write_rows(
    model: type[TierPrice | TierDiscount], items: Sequence[PriceItem], value_field: str
) -> None:
    """A few statements, whatever the number: a file may have thousands."""
    rows: Manager[Any] = model._default_manager
    of = "sku_id" if model is TierPrice else "category_id"
    gone = [item for item in items if item.value is None]
    for tier_id in {item.tier_id for item in gone}:
        keys = [getattr(item, of) for item in gone if item.tier_id == tier_id]
        rows.filter(tier=tier_id, **{f"{of}__in": keys}).delete()
    rows.bulk_create(
        [
            model(**{of: getattr(item, of), "tier_id": item.tier_id, value_field: item.value})
            for item in items
            if item.value is not None
        ],
        update_conflicts=True,
        unique_fields=[of.removesuffix("_id"), "tier"],
        update_fields=[value_field],
        batch_size=1000,
    )


def _write_markup(item: PriceItem) -> None:
    place = DownlineMarkup.objects.filter(
        upline=item.agent_id, category=item.category_id, sku=item.sku_id
    )
    if item.value is None:
        place.delete()
    elif not place.update(rate=item.value):
        assert item.agent_id is not None, "a markup is somebody's"
        DownlineMarkup.objects.create(
            upline_id=item.agent_id,
            category_id=item.category_id,
            sku_id=item.sku_id,
            rate=item.value,
        )


def _write_contract(item: PriceItem) -> None:
    if item.row_id is None:
        assert item.agent_id is not None
        assert item.sku_id is not None
        assert item.value is not None
        ContractPrice.objects.create(
            agent_id=item.agent_id,
            sku_id=item.sku_id,
            price=item.value,
            valid_from=item.valid_from or timezone.now(),
            valid_until=item.valid_until,
        )
    elif item.value is None:
        ContractPrice.objects.filter(pk=item.row_id).delete()
    else:
        contract = ContractPrice.objects.get(pk=item.row_id)
        contract.price = item.value
        contract.valid_from = item.valid_from or contract.valid_from
        contract.valid_until = item.valid_until
        contract.save()
