"""The units of an order and who has them: pure arithmetic of ranges.

An order of ten is the units 0 to 9; each attempt is about a range of them. A unit that no attempt
holds is still to be found an offer for.
"""

from __future__ import annotations

from collections.abc import Iterable

Range = tuple[int, int]  # [first, end)


def unheld(quantity: int, held: Iterable[Range]) -> list[Range]:
    """The ranges of [0, quantity) that none of `held` covers, in order, as long as they can be."""
    gaps: list[Range] = []
    place = 0
    for first, end in sorted(held):
        if first > place:
            gaps.append((place, first))
        place = max(place, end)
    if place < quantity:
        gaps.append((place, quantity))
    return gaps
