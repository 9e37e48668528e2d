"""Filling a quantity from offers, against a search that tries everything."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from suppliers.splitting import Capacity, fill

capacities = st.lists(
    st.builds(Capacity, st.integers(1, 6), st.integers(0, 9)), min_size=0, max_size=4
)


def by_trying(quantity: int, offers: list[Capacity], most_parts: int) -> list[int] | None:
    """The lexicographically greatest filling, found by trying all."""
    choices = [[0, *range(offer.least, offer.most + 1)] for offer in offers]
    fillings = [
        list(one)
        for one in itertools.product(*choices)
        if sum(one) == quantity and sum(map(bool, one)) <= most_parts
    ]
    return max(fillings, default=None)


@given(st.integers(1, 20), capacities, st.integers(1, 4))
def test_it_is_what_trying_everything_finds(
    quantity: int, offers: list[Capacity], most_parts: int
) -> None:
    assert fill(quantity, offers, most_parts=most_parts) == by_trying(quantity, offers, most_parts)


def test_the_first_takes_less_when_the_next_has_a_least_quantity() -> None:
    assert fill(10, [Capacity(1, 9), Capacity(3, 5)], most_parts=5) == [7, 3]


def test_a_large_quantity_is_no_more_work_than_a_small_one() -> None:
    offers = [Capacity(1, 3333), Capacity(10, 4000), Capacity(2668, 9000)]
    assert fill(10_000, offers, most_parts=5) == [3333, 3999, 2668]
