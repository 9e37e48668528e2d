"""The matching core: what a statement says against what our books say, as pure functions.

One *subject* is one thing that both sides should have: an attempt at a supplier, a receipt or a
refund of a gateway, the fees of a day. `subject_of` finds it by our number, else by theirs;
`match` compares both sides of every subject. Amounts are signed as in the ledger: value into the
supplier's or gateway's account, CNY.

Invariants (tests/reconciliation/test_matching.py): every line and every item is in exactly one
match; the matches' `theirs` add up to the lines, their `ours` to the items and adjustments; a match
agrees exactly when both sides are equal and ours is decided.
"""

from __future__ import annotations

import enum
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

ZERO = Decimal(0)


class Role(enum.StrEnum):
    """What a line does: `charge` is the thing itself, `return` takes a charge back."""

    CHARGE = "charge"
    RETURN = "return"
    FEE = "fee"
    FUNDING = "funding"  # money that we paid in, or that they paid out to us


class Standing(enum.StrEnum):
    """What became of it on our side."""

    SETTLED = "settled"  # it happened, and is booked
    FAILED = "failed"  # it did not happen
    OPEN = "open"  # we don't know yet


class Verdict(enum.StrEnum):
    AGREED = "agreed"
    CHARGED_BUT_FAILED = "charged_but_failed"
    NOT_THERE = "not_there"  # we have it, they have not
    AMOUNT_DIFFERS = "amount_differs"
    UNDECIDED = "undecided"  # they have it, we don't know yet
    TWICE = "twice"
    NOT_OURS = "not_ours"
    FEE = "fee"
    FUNDING = "funding"
    BALANCE = "balance"  # given by the day's balances, not by `match`


@dataclass(frozen=True, slots=True)
class TheirLine:
    """One line of a statement. `key` is the caller's."""

    key: int
    subject: str
    role: Role
    amount: Decimal


@dataclass(frozen=True, slots=True)
class OurItem:
    """One thing of ours: `amount` is what the books say of it, without adjustments."""

    subject: str
    standing: Standing
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Match:
    """Both sides of one subject."""

    subject: str
    verdict: Verdict
    theirs: Decimal
    ours: Decimal
    lines: tuple[TheirLine, ...]
    item: OurItem | None

    @property
    def difference(self) -> Decimal:
        """What must be booked so that our books say what they say."""
        return self.theirs - self.ours


def subject_of(
    our_ref: str,
    their_ref: str,
    *,
    by_ours: Mapping[str, str],
    by_theirs: Mapping[str, Sequence[str]],
) -> str | None:
    """The subject that a line is about: by our number; without a known one, by theirs if that
    names one thing only."""
    if our_ref in by_ours:
        return by_ours[our_ref]
    found = by_theirs.get(their_ref, ()) if their_ref else ()
    return found[0] if len(found) == 1 else None


def match(
    lines: Iterable[TheirLine],
    items: Iterable[OurItem],
    adjustments: Mapping[str, Decimal] | None = None,
) -> list[Match]:
    """Compare every subject that has a line, an item or an adjustment; sorted by subject.

    `adjustments` is what resolutions have booked so far, by subject: it counts as ours.
    """
    adjusted = dict(adjustments or {})
    theirs: defaultdict[str, list[TheirLine]] = defaultdict(list)
    for line in lines:
        theirs[line.subject].append(line)
    ours: dict[str, OurItem] = {}
    for item in items:
        if item.subject in ours:
            raise ValueError(f"{item.subject} is there twice")
        ours[item.subject] = item
    subjects = sorted(theirs.keys() | ours.keys() | adjusted.keys())
    return [
        _match_one(subject, tuple(theirs[subject]), ours.get(subject), adjusted.get(subject, ZERO))
        for subject in subjects
    ]


def _match_one(
    subject: str, lines: tuple[TheirLine, ...], item: OurItem | None, adjustment: Decimal
) -> Match:
    their_sum = sum((line.amount for line in lines), ZERO)
    our_sum = (item.amount if item else ZERO) + adjustment
    return Match(
        subject=subject,
        verdict=_verdict(lines, item, their_sum, our_sum),
        theirs=their_sum,
        ours=our_sum,
        lines=lines,
        item=item,
    )


def _verdict(
    lines: tuple[TheirLine, ...], item: OurItem | None, theirs: Decimal, ours: Decimal
) -> Verdict:
    is_open = item is not None and item.standing is Standing.OPEN
    if is_open and lines:  # they know what became of it: so can we
        return Verdict.UNDECIDED
    if theirs == ours:
        return Verdict.AGREED
    if item is None:
        return _foreign_verdict(lines)
    if item.standing is not Standing.SETTLED:
        return Verdict.CHARGED_BUT_FAILED
    if not lines or theirs == ZERO:
        return Verdict.NOT_THERE
    if _charges_left(lines) > 1:
        return Verdict.TWICE
    return Verdict.AMOUNT_DIFFERS


def _foreign_verdict(lines: tuple[TheirLine, ...]) -> Verdict:
    roles = {line.role for line in lines}
    if roles == {Role.FEE}:
        return Verdict.FEE
    if roles == {Role.FUNDING}:
        return Verdict.FUNDING
    return Verdict.NOT_OURS


def _charges_left(lines: tuple[TheirLine, ...]) -> int:
    """How many charges stand, after each return has taken one back."""
    charges = sum(line.role is Role.CHARGE for line in lines)
    returns = sum(line.role is Role.RETURN for line in lines)
    return charges - returns
