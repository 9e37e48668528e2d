"""When a scheduled order runs. Pure: days and clocks of one place, no database.

A schedule is a first moment on the wall clock and a rhythm. Every run is counted from the first
one, so that a month without a 31st moves that month's run to its last day and no other. A time that
the clocks leave out when they are put forward runs that much later; one that comes twice runs once.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo


class Rhythm(StrEnum):
    ONCE = "once"
    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"


@dataclass(frozen=True, slots=True)
class Schedule:
    """`first` has no zone: it is what the clock on the wall says in `zone`. `end_on` counts too."""

    first: datetime
    rhythm: Rhythm
    zone: ZoneInfo
    end_on: date | None = None

    def run(self, number: int) -> datetime | None:
        """The moment of run `number`, from 0; None after the end."""
        if number and self.rhythm == Rhythm.ONCE:
            return None
        wall = self._wall(number)
        if self.end_on is not None and wall.date() > self.end_on:
            return None
        return wall.replace(tzinfo=self.zone).astimezone(UTC)

    def _wall(self, number: int) -> datetime:
        match self.rhythm:
            case Rhythm.DAILY:
                return self.first + timedelta(days=number)
            case Rhythm.WEEKLY:
                return self.first + timedelta(weeks=number)
            case Rhythm.MONTHLY:
                months = self.first.month - 1 + number
                year, month = self.first.year + months // 12, months % 12 + 1
                last = calendar.monthrange(year, month)[1]
                return self.first.replace(year=year, month=month, day=min(self.first.day, last))
        return self.first

    def from_number(self, number: int) -> Iterator[tuple[int, datetime]]:
        """(number, moment) of this run and those that follow, to the end if there is one."""
        while (moment := self.run(number)) is not None:
            yield number, moment
            number += 1

    def after(self, moment: datetime, *, number: int = 0) -> tuple[int, datetime] | None:
        """The first run after a moment, looking from run `number` on; None when there is none."""
        return next((one for one in self.from_number(number) if one[1] > moment), None)
