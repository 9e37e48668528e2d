"""Filling a quantity from offers, best first. Pure arithmetic, no offer is asked for anything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

Interval = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Capacity:
    """What one offer can take: nothing, or between `least` and `most` units."""

    least: int
    most: int


def fill(quantity: int, capacities: Sequence[Capacity], *, most_parts: int) -> list[int] | None:
    """How many units each takes, so that they sum to `quantity` exactly; None when they can't.

    The first takes as much as it can while the others can still take the rest, and so on: what
    stands first is preferred. At most `most_parts` take anything.
    """
    if capacities and capacities[0].least <= quantity <= capacities[0].most:  # the usual order
        return [quantity] + [0] * (len(capacities) - 1)
    reach = _reachable(quantity, capacities, most_parts)
    if not _holds(reach[0][most_parts], quantity):
        return None
    taken: list[int] = []
    left, parts = quantity, most_parts
    for place, capacity in enumerate(capacities):
        take = _most(capacity, left, reach[place + 1][parts - 1]) if parts else 0
        if take == 0:
            taken.append(0)
            continue
        taken.append(take)
        left -= take
        parts -= 1
    return taken


def _most(capacity: Capacity, left: int, rests: Sequence[Interval]) -> int:
    """The most that can be taken so that the rest is one that the others can take; 0 for none."""
    best = 0
    for low, high in rests:
        least = max(capacity.least, left - high)
        most = min(capacity.most, left - low)
        if least <= most:
            best = max(best, most)
    return best


def _reachable(
    quantity: int, capacities: Sequence[Capacity], most_parts: int
) -> list[list[list[Interval]]]:
    """[place][parts]: which sums the offers from `place` on can make with up to `parts` of them."""
    nothing: list[Interval] = [(0, 0)]
    reach = [[nothing] * (most_parts + 1)]
    for capacity in reversed(capacities):
        later = reach[0]
        row = [nothing]
        for parts in range(1, most_parts + 1):
            shifted = [
                (low + capacity.least, min(high + capacity.most, quantity))
                for low, high in later[parts - 1]
                if capacity.least <= capacity.most and low + capacity.least <= quantity
            ]
            row.append(_merged([*later[parts], *shifted]))
        reach.insert(0, row)
    return reach


def _merged(intervals: list[Interval]) -> list[Interval]:
    merged: list[Interval] = []
    for low, high in sorted(intervals):
        if merged and low <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(merged[-1][1], high))
        else:
            merged.append((low, high))
    return merged


def _holds(intervals: Sequence[Interval], value: int) -> bool:
    return any(low <= value <= high for low, high in intervals)
