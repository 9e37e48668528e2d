"""An agent's own list of goods: put on it, taken off, and put in order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from django.db import transaction
from django.db.models import Max, QuerySet
from django.utils.translation import gettext as _

from catalog.models import SKU
from kameng.buying_errors import TooManyFavourites
from kameng.models import Agent, Favourite

MOST = 100
Way = Literal["up", "down", "top"]
_PLACES: dict[str, Callable[[int], int]] = {
    "up": lambda place: max(place - 1, 0),
    "down": lambda place: place + 1,
    "top": lambda place: 0,
}


@transaction.atomic
def add_favourite(*, agent: Agent, sku: SKU) -> None:
    """Put a SKU at the end of the agent's list. Safe to repeat. Locks the agent's list.

    Raises TooManyFavourites.
    """
    own = _locked(agent)
    if own.filter(sku=sku).exists():
        return
    if own.count() >= MOST:
        raise TooManyFavourites(
            _("Your list has %(count)d goods, and more don't fit. Take some off first.")
            % {"count": MOST}
        )
    last = own.aggregate(last=Max("position"))["last"]
    Favourite.objects.create(agent=agent, sku=sku, position=(last or 0) + 1)


@transaction.atomic
def remove_favourite(*, agent: Agent, sku: SKU) -> None:
    """Take a SKU off the agent's list. Safe to repeat."""
    Favourite.objects.filter(agent=agent, sku=sku).delete()


@transaction.atomic
def move_favourite(*, agent: Agent, sku: SKU, way: Way) -> None:
    """Move a SKU one place up or down, or to the top. Locks the agent's list."""
    listed = list(_locked(agent).order_by("position", "id"))
    place = next((n for n, one in enumerate(listed) if one.sku_id == sku.pk), None)
    if place is None:
        return
    listed.insert(_PLACES[way](place), listed.pop(place))
    for position, one in enumerate(listed, start=1):
        one.position = position
    Favourite.objects.bulk_update(listed, ["position"])


def _locked(agent: Agent) -> QuerySet[Favourite]:
    Agent.objects.select_for_update(no_key=True).only("pk").get(pk=agent.pk)
    return Favourite.objects.filter(agent=agent)
