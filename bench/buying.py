"""Purchases through the shop's own front door, as a page makes them."""

from __future__ import annotations

import itertools
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection

from bench import cpu
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
    """What one process did in one round; `cpu_seconds` are its own and its database session's."""

    purchases: int
    seconds: float
    cpu_seconds: float

    @property
    def per_second(self) -> float:
        return self.purchases / self.seconds


def buy_for(*, seconds: float, buyers: Sequence[int], sku_at_hand: bool) -> Bought:
    """Buy one card at a time, each for a random buyer, until the time is over.

    The SKU is loaded for each purchase, as the open API does, unless it is `sku_at_hand`.
    """
    people = list(User.objects.filter(pk__in=buyers))
    sku = _sku() if sku_at_hand else None
    session = _session()
    used = time.process_time() + cpu.of_process(session)
    started = time.perf_counter()
    done = 0
    while (now := time.perf_counter()) < started + seconds:
        _buy(random.choice(people), 1, sku or _sku())
        done += 1
    used = time.process_time() + cpu.of_process(session) - used
    return Bought(done, now - started, used)


def buy_count(*, count: int, buyers: Sequence[int]) -> None:
    """Buy `count` cards, one at a time."""
    people = list(User.objects.filter(pk__in=buyers))
    for _ in range(count):
        _buy(random.choice(people), 1, _sku())


def _session() -> int:
    """The process that the database runs for us."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        pid: int = cursor.fetchone()[0]
    return pid


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


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a side is, and what processor's time it takes for each."""

    per_second: float
    cpu_ms: float


def together(
    workers: Sequence[Worker], *, seconds: float, buyers: Sequence[int], sku_at_hand: bool = False
) -> Pace:
    """The purchases of all these processes at once."""
    for worker in workers:
        worker.begin(buy_for, seconds=seconds, buyers=buyers, sku_at_hand=sku_at_hand)
    bought: list[Bought] = [worker.result() for worker in workers]
    purchases = sum(each.purchases for each in bought)
    return Pace(
        per_second=sum(each.per_second for each in bought),
        cpu_ms=1000 * sum(each.cpu_seconds for each in bought) / purchases,
    )


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
