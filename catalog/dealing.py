"""How the cards of one import are dealt onto lanes. Pure arithmetic, no database.

Cards arrive in a stream whose length nobody knows: runs of `RUN` cards go to the lanes in turn. So
a few cards make one lane, more make up to `LANES`, and every lane stays a contiguous queue.
"""

from __future__ import annotations

LANES = 8  # as many buyers take a card at the same time without waiting for each other
RUN = 16
ROUND = LANES * RUN


def lane_and_position(place: int) -> tuple[int, int]:
    """Where the card at this place of the stream (0, 1, …) goes: lane 0…LANES-1, and position."""
    whole_rounds, rest = divmod(place, ROUND)
    lane, within = divmod(rest, RUN)
    return lane, whole_rounds * RUN + within


def lane_sizes(card_count: int) -> list[int]:
    """How many cards each lane got, of `card_count` dealt; lanes without a card are left out."""
    whole_rounds, rest = divmod(card_count, ROUND)
    sizes = [whole_rounds * RUN + max(0, min(RUN, rest - lane * RUN)) for lane in range(LANES)]
    return [size for size in sizes if size]
