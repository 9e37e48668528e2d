"""What was measured: each figure with its target, printed as a table and kept as JSON."""

from __future__ import annotations

import json
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

RESULTS = Path(__file__).parent / "results"


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table. `value` is a ratio, or in `unit`; `target` a floor or a ceiling."""

    name: str
    value: float
    target: float
    is_floor: bool
    compared: str  # what with what, in numbers
    unit: str = ""
    rounds: Sequence[float] = field(default_factory=tuple)
    # Both sides of each round, where a ratio hides which of them moved.
    sides: Sequence[tuple[float, float]] = field(default_factory=tuple)

    @property
    def is_reached(self) -> bool:
        return self.value >= self.target if self.is_floor else self.value <= self.target


@dataclass(frozen=True, slots=True)
class Pair:
    """The same quantity measured on both sides in each round, one right after the other."""

    ours: Sequence[float]
    theirs: Sequence[float]

    @property
    def ratios(self) -> list[float]:
        return [ours / theirs for ours, theirs in zip(self.ours, self.theirs, strict=True)]

    @property
    def ratio(self) -> float:
        """The median of the rounds' ratios: what disturbs a round disturbs both of its sides."""
        return statistics.median(self.ratios)

    @property
    def sides(self) -> list[tuple[float, float]]:
        return list(zip(self.ours, self.theirs, strict=True))

    @property
    def drift(self) -> str:
        """The first and the last round: a side that tires makes the median a matter of time."""
        return f"{self.ratios[0]:.2f} in the first turn, {self.ratios[-1]:.2f} in the last"

    def told(self, sentence: str) -> str:
        """The medians of both sides, put into a sentence with {ours} and {theirs}."""
        return sentence.format(
            ours=statistics.median(self.ours), theirs=statistics.median(self.theirs)
        )


def table(figures: Sequence[Figure]) -> str:
    """The figures for a terminal."""
    rows = [("figure", "measured", "target", "reached", "of")]
    for figure in figures:
        sign = "≥" if figure.is_floor else "≤"
        unit = f" {figure.unit}" if figure.unit else ""
        rows.append(
            (
                figure.name,
                f"{figure.value:.2f}{unit}",
                f"{sign} {figure.target:g}{unit}",
                "yes" if figure.is_reached else "NO",
                figure.compared,
            )
        )
    widths = [max(len(row[place]) for row in rows) for place in range(4)]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, [*widths, 0], strict=True)).rstrip()
        for row in rows
    ]
    lines.insert(1, "-" * max(map(len, lines)))
    return "\n".join(lines)


def save(figures: Sequence[Figure], *, is_quick: bool, directory: Path = RESULTS) -> Path:
    """Write this run as JSON beside the earlier ones; return the file."""
    now = datetime.now(UTC)
    path = directory / f"{now:%Y%m%dT%H%M%SZ}{'-quick' if is_quick else ''}.json"
    directory.mkdir(parents=True, exist_ok=True)
    content = {
        "measured_at": now.isoformat(timespec="seconds"),
        "quick": is_quick,
        "figures": [asdict(figure) | {"reached": figure.is_reached} for figure in figures],
    }
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n")
    return path
