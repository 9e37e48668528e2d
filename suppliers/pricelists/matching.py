"""How sure it is that a line of a supplier's list is one of our SKUs, and why. Pure.

Points that a person can follow: the same face value, names that have most of their letters in
common, the same period. What contradicts takes points away: other figures in the name, another
period. Only the same kind of delivery is compared at all.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from decimal import Decimal

PROPOSED_FROM = 60  # points
FACE_VALUE_POINTS = 35
NAME_POINTS = 55
PERIOD_POINTS = 10
FACE_VALUE_PENALTY = 20
PERIOD_PENALTY = 40
FIGURES_PENALTY = 30

# How long a membership lasts: a monthly card must never be sold for a yearly one.
_PERIODS = {
    "day": ("日卡", "天卡", "一天", "1天", "daily", "day"),
    "week": ("周卡", "星期", "7天", "weekly", "week"),
    "month": ("月卡", "月度", "1个月", "一个月", "包月", "monthly", "month"),
    "quarter": ("季卡", "季度", "3个月", "三个月", "quarterly", "quarter"),
    "half_year": ("半年", "6个月", "六个月"),
    "year": ("年卡", "年度", "12个月", "一年", "包年", "yearly", "year"),
}
_FIGURE = re.compile(r"\d+(?:\.\d+)?")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a price list."""

    name: str
    kind: str
    face_value: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Ware:
    """One of our SKUs; `names` are all that it may be called, product and SKU together."""

    sku_id: int
    names: Collection[str]
    kind: str
    face_value: Decimal


@dataclass(frozen=True, slots=True)
class Reason:
    """What gave or took points; `figure` is what a sentence about it names."""

    code: str
    points: int
    figure: str = ""

    def as_row(self) -> list[str]:
        return [self.code, str(self.points), self.figure]


@dataclass(frozen=True, slots=True)
class Match:
    sku_id: int
    score: int  # 0 to 100
    reasons: tuple[Reason, ...] = field(default=())


def match(line: Line, ware: Ware) -> Match:
    """How well the two fit. The same input gives the same points."""
    if line.kind != ware.kind or not ware.names:
        return Match(ware.sku_id, 0)
    likeness, name = max((similarity(line.name, name), name) for name in ware.names)
    reasons = [Reason("name", round(NAME_POINTS * likeness), f"{likeness:.0%}")]
    if line.face_value is not None:
        reasons.append(_face_value(line.face_value, ware.face_value))
    period = _period(line.name, name)
    if period is not None:
        reasons.append(period)
    if figures_differ(line.name, name, {line.face_value, ware.face_value}):
        reasons.append(Reason("figures", -FIGURES_PENALTY))
    score = sum(reason.points for reason in reasons)
    return Match(ware.sku_id, max(0, min(100, score)), tuple(reasons))


def best_matches(
    lines: Collection[tuple[int, Line]], wares: Collection[Ware]
) -> list[tuple[int, Match]]:
    """(key of the line, its match) for all that are sure enough, the surest first.

    Each SKU is taken once and each line once: a supplier offers one SKU by one product.
    """
    found = [
        (key, one)
        for key, line in lines
        for one in (match(line, ware) for ware in wares)
        if one.score >= PROPOSED_FROM
    ]
    found.sort(key=lambda pair: (-pair[1].score, pair[0], pair[1].sku_id))
    taken_lines: set[int] = set()
    taken_skus: set[int] = set()
    best = []
    for key, one in found:
        if key not in taken_lines and one.sku_id not in taken_skus:
            taken_lines.add(key)
            taken_skus.add(one.sku_id)
            best.append((key, one))
    return best


def similarity(one: str, other: str) -> float:
    """0 to 1 by pairs of letters in common (Dice), whatever the width, case and spacing."""
    pairs, others = _pairs(one), _pairs(other)
    total = sum(pairs.values()) + sum(others.values())
    if not total:
        return 0.0
    return 2 * sum((pairs & others).values()) / total


def plain(name: str) -> str:
    """Letters and digits only, in one width and case."""
    text = unicodedata.normalize("NFKC", name).casefold()
    return "".join(sign for sign in text if sign.isalnum())


def _pairs(name: str) -> Counter[str]:
    text = plain(name)
    if len(text) == 1:
        return Counter([text])
    return Counter(text[i : i + 2] for i in range(len(text) - 1))


def _face_value(theirs: Decimal, ours: Decimal) -> Reason:
    if theirs == ours:
        return Reason("same_face_value", FACE_VALUE_POINTS, f"{ours.normalize():f}")
    return Reason("other_face_value", -FACE_VALUE_PENALTY, f"{theirs.normalize():f}")


def _period(one: str, other: str) -> Reason | None:
    both = periods(one), periods(other)
    if not all(both):
        return None
    if both[0] == both[1]:
        return Reason("same_period", PERIOD_POINTS)
    return Reason("other_period", -PERIOD_PENALTY)


def periods(name: str) -> set[str]:
    """The lengths of time that a name speaks of."""
    text = unicodedata.normalize("NFKC", name).casefold()
    return {period for period, words in _PERIODS.items() if any(word in text for word in words)}


def figures_differ(one: str, other: str, face_values: set[Decimal | None]) -> bool:
    """Both names have figures besides the face value, and not the same ones."""
    figures = [
        {
            Decimal(figure)
            for figure in _FIGURE.findall(unicodedata.normalize("NFKC", name))
            if Decimal(figure) not in face_values
        }
        for name in (one, other)
    ]
    return bool(figures[0] and figures[1] and figures[0] != figures[1])
