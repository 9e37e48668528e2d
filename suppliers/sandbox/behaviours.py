"""What the last four digits of an account make happen. The one table of it.

Times are seconds after the order was accepted, before the `delay_scale` setting.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field


class Answer(enum.StrEnum):
    """How the submit is answered."""

    ACCEPT = "accept"
    REFUSE = "refuse"
    HANG = "hang"
    ERROR_500 = "error_500"
    GARBAGE = "garbage"


@dataclass(frozen=True, slots=True)
class Step:
    """A later change of the order's state; each offset of `callbacks` is one notice after it."""

    after_seconds: float
    state: str
    callbacks: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Behaviour:
    answer: Answer = Answer.ACCEPT
    is_ordered: bool = True
    steps: tuple[Step, ...] = field(default=())


ONE = (0.0,)
NORMAL = Behaviour(steps=(Step(0.3, "success", ONE),))
REFUSED = Behaviour(answer=Answer.REFUSE, is_ordered=False)

BY_ENDING = {
    "0001": REFUSED,
    "0002": Behaviour(steps=(Step(1.0, "failed", ONE),)),
    "0003": Behaviour(answer=Answer.HANG, steps=(Step(0.0, "success"),)),
    "0004": Behaviour(answer=Answer.ERROR_500, is_ordered=False),
    "0005": Behaviour(steps=(Step(3.0, "success"),)),
    "0006": Behaviour(steps=(Step(0.3, "failed", ONE), Step(2.3, "success", ONE))),
    "0007": Behaviour(answer=Answer.GARBAGE, steps=(Step(0.0, "success"),)),
    "0008": Behaviour(steps=(Step(0.3, "success", (0.0, 0.0, 0.2, 0.5, 1.0)),)),
}
REFUSED_BY_THE_FIRST = "0009"
FIRST_SUPPLIERS = frozenset({"fulu-a", "practice-a"})


def behaviour_for(account: str, app_key: str) -> Behaviour:
    ending = account[-4:]
    if ending == REFUSED_BY_THE_FIRST and app_key in FIRST_SUPPLIERS:
        return REFUSED
    return BY_ENDING.get(ending, NORMAL)
