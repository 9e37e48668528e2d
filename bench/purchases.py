"""Purchases through `place_order` from several processes, against the textbook's clients."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from bench.buying import Pace, together
from bench.figures import Figure, Pair
from bench.processes import Worker
from bench.server import Ran
from bench.textbook import Textbook
from bench.world import World


class _Turn(NamedTuple):
    """What was measured one after the other; `strict` is the textbook with foreign keys."""

    bare: Ran
    spread: Pace
    one_upline: Pace
    at_hand: Pace
    strict: Ran


def compare_purchases(
    workers: Sequence[Worker],
    *,
    world: World,
    textbook: Textbook,
    strict: Textbook,
    turns: int,
    seconds: float,
) -> list[Figure]:
    """`turns` times `seconds` of each side; `strict` is the textbook with foreign keys."""
    return _figures(
        [
            _turn(workers, world=world, textbook=textbook, strict=strict, seconds=seconds)
            for _ in range(turns)
        ]
    )


def _turn(
    workers: Sequence[Worker],
    *,
    world: World,
    textbook: Textbook,
    strict: Textbook,
    seconds: float,
) -> _Turn:
    clients = len(workers)
    return _Turn(
        bare=textbook.purchases(clients=clients, seconds=seconds),
        spread=together(workers, seconds=seconds, buyers=world.spread),
        one_upline=together(workers, seconds=seconds, buyers=world.one_upline),
        at_hand=together(workers, seconds=seconds, buyers=world.spread, sku_at_hand=True),
        strict=strict.purchases(clients=clients, seconds=seconds),
    )


def _figures(turns: Sequence[_Turn]) -> list[Figure]:
    spread = [turn.spread.per_second for turn in turns]
    bare = [turn.bare.per_second for turn in turns]
    ours = Pair(spread, bare)
    at_hand = Pair([turn.at_hand.per_second for turn in turns], bare)
    with_keys = Pair(spread, [turn.strict.per_second for turn in turns])
    upline = Pair([turn.one_upline.per_second for turn in turns], spread)
    cost = Pair([turn.spread.cpu_ms for turn in turns], [turn.bare.cpu_ms for turn in turns])
    cost_at_hand = Pair([turn.at_hand.cpu_ms for turn in turns], cost.theirs)
    return [
        Figure(
            "purchases / textbook",
            ours.ratio,
            0.6,
            is_floor=True,
            compared=ours.told("{ours:.0f} / {theirs:.0f} per second; ")
            + cost.told("{ours:.2f} / {theirs:.2f} ms of processor each; ")
            + ours.drift
            + f"; {with_keys.ratio:.2f} of the textbook with foreign keys",
            rounds=ours.ratios,
            sides=ours.sides,
        ),
        Figure(
            "purchases / textbook, the SKU at hand",
            at_hand.ratio,
            0.6,
            is_floor=True,
            compared=at_hand.told("{ours:.0f} / {theirs:.0f} per second; ")
            + cost_at_hand.told("{ours:.2f} / {theirs:.2f} ms of processor each; ")
            + at_hand.drift,
            rounds=at_hand.ratios,
            sides=at_hand.sides,
        ),
        Figure(
            "purchases under one upline / spread uplines",
            upline.ratio,
            0.95,
            is_floor=True,
            compared=upline.told("{ours:.0f} / {theirs:.0f} per second"),
            rounds=upline.ratios,
            sides=upline.sides,
        ),
    ]
