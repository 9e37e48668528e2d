from __future__ import annotations

from collections import defaultdict

from hypothesis import given
from hypothesis import strategies as st

from catalog.dealing import LANES, RUN, lane_and_position, lane_sizes


@given(st.integers(0, 3000))
def test_every_lane_is_filled_from_zero_without_a_gap(card_count: int) -> None:
    lanes: defaultdict[int, list[int]] = defaultdict(list)
    for place in range(card_count):
        lane, position = lane_and_position(place)
        lanes[lane].append(position)
    assert [positions == list(range(len(positions))) for positions in lanes.values()] == [
        True
    ] * len(lanes)
    assert [len(lanes[lane]) for lane in sorted(lanes)] == lane_sizes(card_count)


@given(st.integers(1, 10**9))
def test_lanes_are_about_equally_long(card_count: int) -> None:
    sizes = lane_sizes(card_count)
    assert sum(sizes) == card_count
    assert len(sizes) == LANES or card_count <= RUN * (LANES - 1)
    assert max(sizes) - min(sizes) <= RUN


def test_a_few_cards_make_one_lane() -> None:
    assert lane_sizes(RUN) == [RUN]
