"""The shop's shelves: goods with this visitor's prices, scenes, search. Reads only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import QuerySet

from catalog.models import DeliveryKind, Product
from catalog.queries import ShelfProduct, products_on_shelf, sellable_skus, with_skus
from kalegou.availability import Availability, Choice, choices
from kalegou.models import Member
from kalegou.ranking import Ranked, alike, ranked
from kalegou.scenes import ShownScene, scene_of
from kalegou.visitors import Visitor
from orders.models import OrderStatus

POPULAR_COUNT = 8
OF_A_SCENE = 4
ALIKE_COUNT = 4
USUAL_COUNT = 4
USUAL_ORDERS_READ = 60
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

    @property
    def few_left(self) -> int | None:
        """How many are left of everything that can be had, when that is few."""
        left = [choice for choice in self.choices if choice.is_available]
        if not left or any(choice.few_left is None for choice in left):
            return None
        return sum(choice.few_left or 0 for choice in left)


@dataclass(frozen=True, slots=True)
class SceneShelf:
    scene: ShownScene
    goods: tuple[Goods, ...]


@dataclass(frozen=True, slots=True)
class FrontPage:
    """`best` are the best sold; `are_sold` tells whether people bought them or staff chose."""

    best: tuple[Goods, ...]
    are_sold: bool
    scenes: tuple[SceneShelf, ...]


def front_page(member: Member | None, scenes: Sequence[ShownScene]) -> FrontPage:
    """Everything on the front page's shelves. Phone top-ups are left out: they have the page's top.

    Seven queries whatever the number of products.
    """
    candidates = ranked(products_on_shelf().exclude(kind=DeliveryKind.TOPUP, carrier__gt=""))
    # Some more than are shown: what is sold out gives its place to what isn't.
    picks = [candidates[: 2 * POPULAR_COUNT]] + [
        [one for one in candidates if one.category_id in scene.category_ids][: 2 * OF_A_SCENE]
        for scene in scenes
    ]
    loaded = goods_by_key({one.pk for picked in picks for one in picked}, member)
    best = _first_available(picks[0], loaded, POPULAR_COUNT)
    return FrontPage(
        best=best,
        are_sold=bool(candidates and candidates[0].sold),
        scenes=tuple(
            SceneShelf(scene, _first_available(picked, loaded, OF_A_SCENE))
            for scene, picked in zip(scenes, picks[1:], strict=True)
        ),
    )


def _first_available(
    picked: Iterable[Ranked], loaded: dict[int, Goods], count: int
) -> tuple[Goods, ...]:
    found = [loaded[one.pk] for one in picked if one.pk in loaded]
    return tuple(sorted(found, key=lambda one: not one.is_available)[:count])


def recommended(item: Product, member: Member | None, scenes: Sequence[ShownScene]) -> list[Goods]:
    """What goes with a product, the best sold first; only what can be had. Six queries."""
    scene = scene_of(item.category, scenes)
    candidates = ranked(products_on_shelf().exclude(kind=DeliveryKind.TOPUP, carrier__gt=""))
    keys = alike(
        item, candidates, scene=tuple(scene.category_ids) if scene else (), count=2 * ALIKE_COUNT
    )
    loaded = goods_by_key(keys, member)
    found = [loaded[key] for key in keys if key in loaded and loaded[key].is_available]
    return found[:ALIKE_COUNT]


@dataclass(frozen=True, slots=True)
class Usual:
    """A SKU that this visitor bought, how often of late, and what it costs now."""

    choice: Choice
    times: int


def usual_goods(visitor: Visitor) -> list[Usual]:
    """What this visitor buys most, of their last orders; only what can be had now.

    Phone top-ups are left out: saved numbers have their own place. Three queries at most.
    """
    if visitor.user is None and not visitor.guest_keys:
        return []
    latest = visitor.orders().filter(
        status__in=(OrderStatus.COMPLETED, OrderStatus.PARTIALLY_COMPLETED)
    )[:USUAL_ORDERS_READ]
    counts: dict[int, int] = {}
    for sku_id in latest.values_list("sku_id", flat=True):
        counts[sku_id] = counts.get(sku_id, 0) + 1
    if not counts:
        return []
    skus = (
        sellable_skus()
        .filter(pk__in=counts)
        .exclude(kind=DeliveryKind.TOPUP, product__carrier__gt="")
    )
    order = list(counts)  # newest first
    found = [
        Usual(choice, counts[choice.sku.pk])
        for choice in choices(skus, visitor.member)
        if choice.is_available
    ]
    found.sort(key=lambda one: (-one.times, order.index(one.choice.sku.pk)))
    return found[:USUAL_COUNT]


def goods_by_key(keys: Iterable[int], member: Member | None) -> dict[int, Goods]:
    """These products with this visitor's prices, those that are on the shelf. Five queries."""
    found = with_skus(products_on_shelf().filter(pk__in=list(keys)))
    return {one.product.pk: one for one in with_choices(found, member)}


def goods(products: QuerySet[Product], member: Member | None) -> list[Goods]:
    """A page of products with this visitor's prices, in their order. Five queries."""
    return with_choices(with_skus(products), member)


def with_choices(found: Sequence[ShelfProduct], member: Member | None) -> list[Goods]:
    """Prices and availability of many products' SKUs in two queries."""
    priced = iter(choices([item.sku for product in found for item in product.skus], member))
    return [
        Goods(product.product, tuple(next(priced) for _item in product.skus)) for product in found
    ]


def is_phone_topup(product: Product) -> bool:
    """Sold on the top-up page, by number and amount."""
    return product.kind == DeliveryKind.TOPUP and bool(product.carrier)
