"""Purchases through the shop's own front door, as a page makes them."""

from __future__ import annotations

import itertools
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection

from bench.processes import Worker
from bench.world import SKU_CODE
from catalog.by_code import sku_by_code
from catalog.models import SKU
from orders.models import Order, OrderStatus
from orders.queries import cards_of_order
from orders.services import place_order
from users.models import User

# Client references are unique over all processes and rounds.
_references = itertools.count(1)
_this_process = f"{random.SystemRandom().randrange(16**8):08x}"


@dataclass(frozen=True, slots=True)
class Bought:
    """What one process did in one round."""

    purchases: int
    seconds: float

    @property
    def per_second(self) -> float:
        return self.purchases / self.seconds


def buy_for(*, seconds: float, buyers: Sequence[int], sku_at_hand: bool) -> Bought:
    """Buy one card at a time, each for a random buyer, until the time is over.

    The SKU is loaded for each purchase, as the open API does, unless it is `sku_at_hand`.
    """
    people = list(User.objects.filter(pk__in=buyers))
    sku = _sku() if sku_at_hand else None
    started = time.perf_counter()
    done = 0
    while (now := time.perf_counter()) < started + seconds:
        _buy(random.choice(people), 1, sku or _sku())
        done += 1
    return Bought(done, now - started)


def buy_count(*, count: int, buyers: Sequence[int]) -> Bought:
    """Buy `count` cards, one at a time."""
    people = list(User.objects.filter(pk__in=buyers))
    started = time.perf_counter()
    for _ in range(count):
        _buy(random.choice(people), 1, _sku())
    return Bought(count, time.perf_counter() - started)


def _sku() -> SKU:
    sku = sku_by_code(SKU_CODE)
    assert sku is not None, SKU_CODE
    return sku


def _buy(buyer: User, quantity: int, sku: SKU) -> Order:
    placed = place_order(
        channel="wholesale",
        buyer=buyer,
        sku=sku,
        quantity=quantity,
        client_ref=f"{_this_process}-{next(_references)}",
    )
    if not placed.is_new or placed.order.status != OrderStatus.COMPLETED:
        raise RuntimeError(f"{placed.order.order_no} is {placed.order.status}")
    return placed.order


def together(
    workers: Sequence[Worker], *, seconds: float, buyers: Sequence[int], sku_at_hand: bool = False
) -> float:
    """Purchases per second of all these processes at once."""
    for worker in workers:
        worker.begin(buy_for, seconds=seconds, buyers=buyers, sku_at_hand=sku_at_hand)
    bought: list[Bought] = [worker.result() for worker in workers]
    return sum(each.per_second for each in bought)


@dataclass(frozen=True, slots=True)
class Bulk:
    """One large order: until it was committed, and until all of its codes were read back."""

    placed_seconds: float
    read_seconds: float
    distinct_codes: int


def buy_bulk(*, quantity: int, buyer: int) -> Bulk:
    """One order of `quantity` cards, and all of its codes, opened."""
    person = User.objects.get(pk=buyer)
    started = time.perf_counter()
    order = _buy(person, quantity, _sku())
    placed = time.perf_counter()
    codes = {(card.number, card.secret) for card in cards_of_order(order)}
    return Bulk(placed - started, time.perf_counter() - placed, len(codes))


def sold_cards() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(sum(next_position), 0) FROM catalog_stocklane")
        count: int = cursor.fetchone()[0]
    return count
