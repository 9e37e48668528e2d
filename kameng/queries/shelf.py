"""The catalogue as an agent looks through it: filtered, sorted, its favourites, what it bought."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from catalog.models import SKU, Category, DeliveryKind
from catalog.search_keys import normalise, words_of
from kameng.models import Agent, Favourite
from kameng.queries.goods import Ware, catalogue, wares
from kameng.queries.orders import orders_of
from orders.models import Order

LISTS = ("favourites", "recent")
# So many of the newest orders tell what was bought lately, and what is bought most.
LOOKED_BACK = 1000
RECENT = 50


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the catalogue is to show. `listed`: everything, the favourites, or what was bought."""

    category: Category | None = None
    kind: DeliveryKind | None = None
    search: str = ""
    listed: str = ""
    is_in_stock: bool = False
    sort: str = ""


@dataclass(frozen=True, slots=True)
class Bought:
    """The agent's newest orders, by SKU: the last one, and how often."""

    last: dict[int, Order] = field(default_factory=dict)
    times: dict[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Row:
    """One SKU of the catalogue, as this agent has used it."""

    ware: Ware
    is_favourite: bool
    last: Order | None = None


def bought_lately(agent: Agent) -> Bought:
    """One statement over the newest orders only: as fast after a million of them."""
    newest = (
        orders_of(agent.user)
        .select_related(None)
        .only("order_no", "sku_id", "quantity", "account", "created_at", "kind")[:LOOKED_BACK]
    )
    bought = Bought()
    for order in newest:
        bought.last.setdefault(order.sku_id, order)
        bought.times[order.sku_id] = bought.times.get(order.sku_id, 0) + 1
    return bought


def favourite_ids(agent: Agent) -> list[int]:
    """SKU keys in the agent's own order."""
    return list(
        Favourite.objects.filter(agent=agent)
        .order_by("position", "id")
        .values_list("sku_id", flat=True)
    )


def look_through(agent: Agent, wanted: Wanted) -> tuple[list[Row], Bought]:
    """Every row that is wanted, in order: as many statements for one as for thousands."""
    favourites = favourite_ids(agent)
    bought = bought_lately(agent)
    found = catalogue(category=wanted.category, kind=wanted.kind, search=wanted.search)
    if words := words_of(wanted.search):
        found = [item for item in found if _says_all(item[0], words)]
    listed = _listed(wanted, favourites, bought)
    if listed is not None:
        place = {sku_id: n for n, sku_id in enumerate(listed)}
        found = sorted(
            (item for item in found if item[0].pk in place), key=lambda item: place[item[0].pk]
        )
    stock = {sku.pk: left for sku, left in found if left is not None}
    shown = wares(agent, [sku for sku, _left in found], stock)
    if wanted.is_in_stock:
        shown = [ware for ware in shown if ware.is_buyable]
    marked = set(favourites)
    rows = [
        Row(ware, ware.sku.pk in marked, bought.last.get(ware.sku.pk))
        for ware in _sorted(shown, wanted, bought)
    ]
    return rows, bought


def _says_all(sku: SKU, words: Sequence[str]) -> bool:
    """`移动 100` finds the SKU of that amount, not all of its product."""
    own = normalise(f"{sku.code} {sku.name} {sku.name_en}")
    return all(word in sku.product.search_key or word in own for word in words)


def _listed(wanted: Wanted, favourites: Sequence[int], bought: Bought) -> Sequence[int] | None:
    match wanted.listed:
        case "favourites":
            return favourites
        case "recent":
            return list(bought.last)[:RECENT]
    return None


def _sorted(shown: list[Ware], wanted: Wanted, bought: Bought) -> list[Ware]:
    by: dict[str, Callable[[Ware], Any]] = {
        "price": lambda ware: ware.price,
        "-price": lambda ware: -ware.price,
        "name": lambda ware: (normalise(ware.product.label), ware.sku.face_value),
        "bought": lambda ware: -bought.times.get(ware.sku.pk, 0),
    }
    if wanted.sort in by:
        return sorted(shown, key=by[wanted.sort])
    text = normalise(wanted.search)
    return sorted(shown, key=lambda ware: _rank(ware, text)) if text else shown


def _rank(ware: Ware, text: str) -> int:
    """What is meant exactly comes before what only holds the words."""
    if text in (ware.sku.code, ware.product.code):
        return 0
    names = (ware.product.name, ware.product.name_en, ware.product.brand, ware.sku.code)
    return 1 if any(normalise(name).startswith(text) for name in names) else 2
