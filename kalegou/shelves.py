"""The shop's shelves: scenes, goods with this visitor's prices, search. Reads only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from catalog.models import Category, DeliveryKind, Product
from catalog.queries import ShelfProduct, shelf, visible_categories
from kalegou.availability import Availability, Choice, choices
from kalegou.models import Member

POPULAR_COUNT = 8
MAX_SEARCH_LENGTH = 60


@dataclass(frozen=True, slots=True)
class Goods:
    """A product with what this visitor can choose of it, cheapest first price in `from_price`."""

    product: Product
    choices: tuple[Choice, ...]

    @property
    def from_price(self) -> Decimal:
        """The lowest price of what can be had; of everything, when nothing can."""
        available = [choice.price for choice in self.choices if choice.is_available]
        return min(available or [choice.price for choice in self.choices])

    @property
    def has_range(self) -> bool:
        return len({choice.price for choice in self.choices}) > 1

    @property
    def is_available(self) -> bool:
        return any(choice.is_available for choice in self.choices)

    @property
    def is_sold_out(self) -> bool:
        return not self.is_available and any(
            choice.availability == Availability.SOLD_OUT for choice in self.choices
        )


def scenes() -> list[Category]:
    """The first level of the categories. One query."""
    return [c for c in visible_categories() if c.parent_id is None]


def goods(
    member: Member | None, *, category: Category | None = None, search: str = ""
) -> list[Goods]:
    """What is on the shelves, with this visitor's prices. Five queries whatever the number."""
    found = shelf(category=category, search=search[:MAX_SEARCH_LENGTH])
    return with_choices(found, member)


def popular_goods(member: Member | None) -> list[Goods]:
    """The goods that staff put first, phone top-ups left out: those have the page's top already."""
    first = sorted(
        (item for item in shelf() if not is_phone_topup(item.product)),
        key=lambda item: (item.product.position, item.product.pk),
    )
    return with_choices(first[:POPULAR_COUNT], member)


def with_choices(found: Sequence[ShelfProduct], member: Member | None) -> list[Goods]:
    """Prices and availability of many products' SKUs in two queries."""
    priced = iter(choices([item.sku for product in found for item in product.skus], member))
    return [
        Goods(product.product, tuple(next(priced) for _item in product.skus)) for product in found
    ]


def is_phone_topup(product: Product) -> bool:
    """Sold on the top-up page, by number and amount."""
    return product.kind == DeliveryKind.TOPUP and bool(product.carrier)
