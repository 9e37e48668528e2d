"""Whether a product number still stands for the goods that we agreed to. Pure.

Other wording is not other goods: names change with every campaign. Other goods are another kind of
delivery, another face value, a rate instead of a price, another period, other figures in the name,
or a name that has little in common with the old one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from suppliers.pricelists.matching import Reason, figures_differ, periods, similarity

# Below this the names have less in common than two kinds of the same brand.
ALIKE_FROM = 0.5


@dataclass(frozen=True, slots=True)
class Goods:
    """What a price list says of one product, without its price."""

    name: str
    kind: str
    face_value: Decimal | None
    is_rate: bool


def what_differs(known: Goods, now: Goods) -> list[Reason]:
    """Why these are other goods than the known ones; nothing while they are the same."""
    found = list(_differences(known, now))
    if not found:
        return []
    return [Reason("goods_name", 0, f"{known.name} → {now.name}"), *found]


def _differences(known: Goods, now: Goods) -> Iterator[Reason]:
    if known.kind != now.kind:
        yield Reason("goods_kind", 0, f"{known.kind} → {now.kind}")
    if known.is_rate != now.is_rate:
        yield Reason("goods_rate", 0)
    values = known.face_value, now.face_value
    # One that isn't named any more, or for the first time, says nothing.
    if values[0] is not None and values[1] is not None and values[0] != values[1]:
        yield Reason("goods_value", 0, f"{_plain(values[0])} → {_plain(values[1])}")
    if periods(known.name) != periods(now.name):
        yield Reason("other_period", 0)
    if figures_differ(known.name, now.name, set(values)):
        yield Reason("figures", 0)
    likeness = similarity(known.name, now.name)
    if likeness < ALIKE_FROM:
        yield Reason("name", 0, f"{likeness:.0%}")


def _plain(value: Decimal) -> str:
    return f"{value.normalize():f}"
