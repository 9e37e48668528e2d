"""Keeping a believed list: its lines as they are now, and a row for every change."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from suppliers.adapters.base import SupplierProduct
from suppliers.models import ChangeKind, GoodsChange, ListRun, Supplier, SupplierGoods
from suppliers.pricelists.reading import MAX_NAME_LENGTH, TEN_THOUSANDTH, WholeList

_FIELDS = (
    "name",
    "kind",
    "cost",
    "face_value",
    "is_available",
    "stock",
    "min_quantity",
    "max_quantity",
    "is_rate",
    "seen_at",
    "gone_at",
)


def store_list(supplier: Supplier, found: WholeList, run: ListRun, *, now: datetime) -> None:
    """Bring the supplier's lines to what the list says, and count what changed on the run.

    Runs in the transaction that has locked the supplier.
    """
    kept = {goods.ref: goods for goods in SupplierGoods.objects.filter(supplier=supplier)}
    changes: list[GoodsChange] = []
    new, seen = [], []
    for ref, line in found.lines.items():
        goods = kept.get(ref)
        if goods is None:
            goods = SupplierGoods(supplier=supplier, ref=ref, first_seen_at=now)
            _take(goods, line, now)
            new.append(goods)
            changes.append(_change(goods, run, ChangeKind.APPEARED, "", f"{goods.cost}", now))
            continue
        before = _told(goods)
        was_gone = goods.gone_at is not None
        _take(goods, line, now)
        seen.append(goods)
        if was_gone:
            changes.append(_change(goods, run, ChangeKind.BACK, "", f"{goods.cost}", now))
        for kind, old, fresh in _differences(before, _told(goods)):
            changes.append(_change(goods, run, kind, old, fresh, now))
    gone = [
        goods
        for ref, goods in kept.items()
        if ref not in found.lines and ref not in found.unreadable and goods.gone_at is None
    ]
    for goods in gone:
        goods.gone_at = now
        changes.append(_change(goods, run, ChangeKind.GONE, f"{goods.cost}", "", now))
    SupplierGoods.objects.bulk_create(new)
    SupplierGoods.objects.bulk_update(seen + gone, _FIELDS, batch_size=500)
    GoodsChange.objects.bulk_create(changes)
    run.listed, run.unreadable = len(found.lines), found.unreadable_count
    run.appeared, run.gone = len(new), len(gone)
    run.changed = len(
        {change.goods.ref for change in changes} - {goods.ref for goods in [*new, *gone]}
    )


def _take(goods: SupplierGoods, line: SupplierProduct, now: datetime) -> None:
    goods.name = line.name.strip()[:MAX_NAME_LENGTH]
    goods.kind = line.kind
    goods.cost = line.cost.quantize(TEN_THOUSANDTH)
    goods.face_value = None if line.face_value is None else line.face_value.quantize(TEN_THOUSANDTH)
    goods.is_available = line.is_available
    goods.stock = line.stock
    goods.min_quantity = line.min_quantity
    goods.max_quantity = line.max_quantity
    goods.is_rate = line.is_rate
    goods.seen_at = now
    goods.gone_at = None


def _told(goods: SupplierGoods) -> dict[ChangeKind, str | Decimal | None]:
    """What a change of is worth a row: not the stock, which changes with every sale of theirs."""
    return {
        ChangeKind.COST: goods.cost,
        ChangeKind.NAME: goods.name,
        ChangeKind.FACE_VALUE: goods.face_value,
        ChangeKind.KIND: goods.kind,
        ChangeKind.AVAILABLE: "yes" if goods.is_available else "no",
    }


def _differences(
    before: dict[ChangeKind, str | Decimal | None], after: dict[ChangeKind, str | Decimal | None]
) -> Iterator[tuple[ChangeKind, str, str]]:
    for kind, old in before.items():
        if after[kind] != old:
            yield kind, _text(old), _text(after[kind])


def _text(value: str | Decimal | None) -> str:
    return "" if value is None else str(value)[:200]


def _change(
    goods: SupplierGoods, run: ListRun, kind: ChangeKind, before: str, after: str, now: datetime
) -> GoodsChange:
    return GoodsChange(goods=goods, run=run, kind=kind, before=before, after=after, at=now)
