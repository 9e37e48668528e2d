"""Whether a price list can be believed. Pure.

A line that can't be right — no reference, no name, no cost — is left out, and counted as neither
taken nor gone. A list that contradicts itself, or lacks more than half of what is known, is not
believed at all: closing offers by half a list would stop sales that nothing is wrong with.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from catalog.models import DeliveryKind
from suppliers.adapters.base import SupplierProduct

MAX_REF_LENGTH = 64
MAX_NAME_LENGTH = 200
MAX_COST = Decimal(1_000_000)
TEN_THOUSANDTH = Decimal("0.0001")


class ListRefused(Exception):
    """The list isn't believed. `problem` and `facts` are told by suppliers/words.py."""

    def __init__(self, problem: str, **facts: str) -> None:
        self.problem = problem
        self.facts = facts
        super().__init__(problem)


@dataclass(frozen=True, slots=True)
class WholeList:
    """`lines` by reference; `unreadable` are references of lines that were left out."""

    lines: Mapping[str, SupplierProduct]
    unreadable: frozenset[str]
    unreadable_count: int


def read_list(
    products: Iterable[SupplierProduct], *, known: Collection[str], takes_shorter: bool = False
) -> WholeList:
    """The list, if it is believed; raises ListRefused.

    `known`: references that were on the last list. `takes_shorter`: a person said that it is whole.
    """
    lines: dict[str, SupplierProduct] = {}
    unreadable: set[str] = set()
    unreadable_count = 0
    for product in products:
        if not is_readable(product):
            unreadable.add(product.ref)
            unreadable_count += 1
        elif lines.setdefault(product.ref, product) != product:
            raise ListRefused("contradictory", ref=product.ref)
    there = lines.keys() | unreadable
    missing = sum(ref not in there for ref in known)
    if known and not takes_shorter and (not there or missing * 2 > len(known)):
        raise ListRefused("shrunk", before=str(len(known)), now=str(len(there)))
    return WholeList(
        lines={ref: line for ref, line in lines.items() if ref not in unreadable},
        unreadable=frozenset(unreadable),
        unreadable_count=unreadable_count,
    )


def is_readable(product: SupplierProduct) -> bool:
    """Whether a line could be true, and could be kept."""
    cost = product.cost
    return (
        0 < len(product.ref) <= MAX_REF_LENGTH
        and bool(product.name.strip())
        and product.kind in DeliveryKind.values
        and cost.is_finite()
        and TEN_THOUSANDTH <= cost <= MAX_COST
        and (product.face_value is None or _is_value(product.face_value))
        and product.min_quantity >= 1
        and (product.max_quantity is None or product.max_quantity >= product.min_quantity)
        and (product.stock is None or product.stock >= 0)
    )


def _is_value(value: Decimal) -> bool:
    return value.is_finite() and 0 <= value <= MAX_COST
