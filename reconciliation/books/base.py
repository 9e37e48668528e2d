"""What reconciliation must know of one party's side in our books."""

from __future__ import annotations

import abc
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.utils import timezone
from django.utils.functional import Promise

from ledger import accounts
from reconciliation.matching import OurItem, Role
from reconciliation.models import ResolutionKind
from reconciliation.reading import Line


@dataclass(frozen=True, slots=True)
class Booked:
    """One thing of ours, and the day on which it was booked (None: not yet)."""

    item: OurItem
    day: date | None


@dataclass(frozen=True, slots=True)
class Evidence:
    """Our side of one subject, for people: facts, what happened in order, and where to read on."""

    title: str
    facts: Sequence[tuple[str | Promise, str]] = ()
    events: Sequence[tuple[datetime, str]] = ()
    links: Sequence[tuple[str | Promise, str]] = ()


class Books(abc.ABC):
    """Our books of one supplier or gateway. Reads, unless it says otherwise."""

    def __init__(self, code: str) -> None:
        self.code = code

    @property
    @abc.abstractmethod
    def label(self) -> str:
        """Its name for people."""

    def rate(self) -> Decimal:
        """CNY for one unit of the currency in which the party keeps our account."""
        return Decimal(1)

    def in_cny(self, amount: Decimal) -> Decimal:
        """An amount of the party's statement in the ledger's currency."""
        return (amount * self.rate()).quantize(Decimal("0.0001"))

    # --- accounts -------------------------------------------------------------------------------

    @abc.abstractmethod
    def account(self) -> int:
        """The ledger account that a statement is compared with."""

    @abc.abstractmethod
    def claim_account(self) -> int:
        """What the party owes us beside its account."""

    @abc.abstractmethod
    def loss_account(self) -> int:
        """Where a difference is written off to."""

    def fee_account(self) -> int:
        return accounts.fee_expense(self.code)

    @abc.abstractmethod
    def cost_account(self, subject: str) -> int | None:
        """Where the cost of this subject is booked; None when it isn't a thing with a cost."""

    @abc.abstractmethod
    def sign(self, role: Role) -> int:
        """1 for a line that puts value into the account, -1 for one that takes it out."""

    # --- what is there --------------------------------------------------------------------------

    @abc.abstractmethod
    def subjects(self, lines: Sequence[Line]) -> list[str]:
        """What each line is about, by our number, else by theirs; a name of its own for a line
        that is about nothing that we know. Set-based."""

    @abc.abstractmethod
    def items(self, subjects: Iterable[str]) -> list[Booked]:
        """Those of the subjects that are ours. Set-based."""

    @abc.abstractmethod
    def expected(self, first_day: date, last_day: date) -> list[str]:
        """What our books say happened on these days: a complete statement has all of it."""

    @abc.abstractmethod
    def evidence(self, subject: str) -> Evidence:
        """Our side of a subject, for people."""

    # --- doors ----------------------------------------------------------------------------------

    @abc.abstractmethod
    def decisions(self, subject: str, *, theirs: Decimal) -> list[ResolutionKind]:
        """The decisions that a statement can settle through the party's own door."""

    @abc.abstractmethod
    def decide(
        self, subject: str, kind: ResolutionKind, *, theirs: Decimal, their_ref: str, reason: str
    ) -> None:
        """Take a decision through the one door that all answers about this subject go through."""


def day_of(moment: datetime) -> date:
    """The day of the shop's own clock."""
    return timezone.localdate(moment)


def span(first_day: date, last_day: date) -> tuple[datetime, datetime]:
    """From the start of the first day to the end of the last, as moments."""
    zone = timezone.get_current_timezone()
    start = datetime.combine(first_day, datetime.min.time(), zone)
    return start, datetime.combine(last_day + timedelta(days=1), datetime.min.time(), zone)


def own_subject(line: Line, day: date) -> str | None:
    """The name of a line that is never about one of our numbers; None for any other line."""
    if line.role is Role.FEE:
        return f"fee:{day.isoformat()}"
    if line.role is Role.FUNDING:
        return f"fund:{line.their_ref or line.our_ref or line.at.isoformat()}"
    return None


def unknown_subject(line: Line) -> str:
    """The name of a line that is about nothing that we know."""
    return f"x:{line.our_ref or line.their_ref}"
