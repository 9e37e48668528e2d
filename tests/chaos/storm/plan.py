"""What a storm will do, all of it decided by its seed."""

from __future__ import annotations

import random
from dataclasses import dataclass

# Top-ups, and the supplier that each is sent to first.
TOPUPS = {
    "cmcc-10": "fulu-a",
    "cmcc-30": "dtone",
    "cucc-50": "juhe",
    "cmcc-slow-100": "reloadly",
    "cmcc-50": "kameng",
    "cucc-30": "dujiao",
}
CARD = "storm-card"  # six of stock, the rest from a supplier
PORTIONS = "storm-portions"  # a supplier that delivers in two portions
# Every behaviour of the supplier sandbox; what isn't here is delivered at once.
ENDINGS = ("0001", "0002", "0003", "0004", "0005", "0006", "0007", "0008", "0009")
SHARE_OF_ENDINGS = 0.5
SHARE_OF_CARDS = 0.2
VICTIMS = ("worker", "web", "supplier-sandbox", "broker", "database")


@dataclass(frozen=True, slots=True)
class Wish:
    """One order that a program wants: `phone` is of no other order, and empty for cards."""

    place: int
    sku: str
    quantity: int
    phone: str

    @property
    def client_ref(self) -> str:
        return f"storm-{self.place}"


@dataclass(frozen=True, slots=True)
class Kill:
    """`kill -9` of `victim` once so many orders have been placed."""

    victim: str
    after_orders: int


@dataclass(frozen=True, slots=True)
class Storm:
    seed: int
    wishes: tuple[Wish, ...]
    kills: tuple[Kill, ...]


def plan(seed: int, *, orders: int, kills: int) -> Storm:
    """The storm of a seed: the same each time."""
    chance = random.Random(seed)
    wishes = tuple(_wish(chance, place) for place in range(orders))
    return Storm(seed, wishes, tuple(_kills(chance, orders, kills)))


def _wish(chance: random.Random, place: int) -> Wish:
    if chance.random() < SHARE_OF_CARDS:
        sku = chance.choice((CARD, CARD, PORTIONS))
        return Wish(place, sku, chance.randint(1, 5), "")
    if chance.random() < SHARE_OF_ENDINGS:
        ending = chance.choice(ENDINGS)
    else:
        ending = f"{chance.randint(1000, 9999)}"
    return Wish(place, chance.choice(tuple(TOPUPS)), 1, f"13{place:05d}{ending}")


def _kills(chance: random.Random, orders: int, count: int) -> list[Kill]:
    """Each victim about equally often, none twice running, spread over the placing."""
    victims: list[str] = []
    while len(victims) < count:
        again = list(VICTIMS)
        chance.shuffle(again)
        if victims and again[0] == victims[-1]:
            again.reverse()
        victims += again
    return [
        Kill(victim, int(orders * (place + chance.random()) / (count + 1)) + 1)
        for place, victim in enumerate(victims[:count])
    ]
