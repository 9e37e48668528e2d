"""Comparing: both sides of subjects anew, and the rows of what differs.

Invariant: a subject on which both sides agree and which nobody settled has no row; every other has
one, with the figures as they are now. Safe to repeat: the same lines and books give the same rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from itertools import islice

from django.db.models import Min, Model, Sum
from django.utils import timezone

from reconciliation.books import Books, books_of
from reconciliation.matching import Match, OurItem, Role, TheirLine, Verdict, match
from reconciliation.models import (
    Difference,
    DifferenceState,
    Party,
    Resolution,
    ResolutionKind,
    StatementDay,
    StatementLine,
)

CHUNK = 5_000
# These count as booked: what they posted (or found booked) is part of our figure.
COUNTED = tuple(kind for kind in ResolutionKind if kind != ResolutionKind.LEAVE)


def compare(party: Party, subjects: Iterable[str]) -> set[date]:
    """Compare these subjects and keep the differences; return the days that they are of.

    A day's balance is no subject of lines: `agreeing` keeps its row. The caller holds the party's
    lock.
    """
    books = books_of(party)
    covered = set(StatementDay.objects.filter(party=party).values_list("day", flat=True))
    days: set[date] = set()
    mine = {subject for subject in subjects if not subject.startswith("balance:")}
    for chunk in chunks(sorted(mine)):
        days |= _compare_chunk(party, books, chunk, covered)
    return days


def their_lines(party: Party, subjects: Sequence[str]) -> list[TheirLine]:
    """The lines of these subjects, signed; the fees inside other lines are lines of their day."""
    rows = StatementLine.objects.filter(party=party, subject__in=subjects)
    lines = [
        TheirLine(key, subject, Role(role), amount)
        for key, subject, role, amount in rows.values_list("pk", "subject", "role", "amount")
        if amount
    ]
    fee_days = [subject.removeprefix("fee:") for subject in subjects if subject.startswith("fee:")]
    fees = (
        StatementLine.objects.filter(party=party, day__in=fee_days, fee__gt=0)
        .order_by()
        .values("day")
        .annotate(total=Sum("fee"), first=Min("pk"))
    )
    lines += [
        TheirLine(-row["first"], f"fee:{row['day'].isoformat()}", Role.FEE, row["total"])
        for row in fees
    ]
    return lines


def adjustments(party: Party, subjects: Iterable[str]) -> dict[str, Decimal]:
    """What resolutions have booked on these subjects and not taken back."""
    rows = (
        Resolution.objects.filter(
            difference__party=party,
            difference__subject__in=list(subjects),
            reversed_at__isnull=True,
            kind__in=COUNTED,
        )
        .exclude(amount=0)
        .order_by()
        .values("difference__subject")
        .annotate(total=Sum("amount"))
    )
    return {row["difference__subject"]: row["total"] for row in rows}


def _compare_chunk(
    party: Party, books: Books, subjects: Sequence[str], covered: set[date]
) -> set[date]:
    lines = their_lines(party, subjects)
    with_lines = {line.subject for line in lines}
    booked = {found.item.subject: found for found in books.items(subjects)}
    known = {
        row.subject: row for row in Difference.objects.filter(party=party, subject__in=subjects)
    }
    # Ours without a line of theirs is missed only where a statement covers the day.
    items: list[OurItem] = [
        found.item
        for subject, found in booked.items()
        if subject in with_lines or subject in known or found.day in covered
    ]
    matches = match(lines, items, adjustments(party, subjects))
    line_days = _line_days(party, subjects)
    kept = _left(known.values())
    days: set[date] = set()
    for found in matches:
        ours = booked.get(found.subject)
        day = line_days.get(found.subject) or (ours.day if ours else None)
        if found.subject not in with_lines and day not in covered and found.subject in known:
            day = known[found.subject].day
        days |= _keep(party, found, known.get(found.subject), day, kept, covered)
    for subject in known.keys() - {found.subject for found in matches}:
        days.add(known[subject].day)
        _drop(known[subject])
    return days


def _line_days(party: Party, subjects: Sequence[str]) -> dict[str, date]:
    """The first day of each subject's lines."""
    rows = (
        StatementLine.objects.filter(party=party, subject__in=subjects)
        .order_by()
        .values("subject")
        .annotate(first=Min("day"))
    )
    days: dict[str, date] = {row["subject"]: row["first"] for row in rows}
    for subject in subjects:
        if subject.startswith("fee:"):
            days[subject] = date.fromisoformat(subject.removeprefix("fee:"))
    return days


def _left(differences: Iterable[Difference]) -> dict[int, Decimal]:
    """What staff chose to leave as it is, by difference."""
    rows = Resolution.objects.filter(
        difference__in=list(differences), kind=ResolutionKind.LEAVE, reversed_at__isnull=True
    )
    return dict(rows.values_list("difference_id", "amount"))


def _keep(
    party: Party,
    found: Match,
    row: Difference | None,
    day: date | None,
    left: dict[int, Decimal],
    covered: set[date],
) -> set[date]:
    """Write one subject's row as it is now; return the days touched."""
    is_missed_nowhere = not found.lines and day not in covered
    if row is None:
        if found.verdict is Verdict.AGREED or is_missed_nowhere or day is None:
            return set()
        Difference.objects.create(
            party=party,
            subject=found.subject,
            day=day,
            verdict=found.verdict.value,
            theirs=found.theirs,
            ours=found.ours,
        )
        return {day}
    days = {row.day, day or row.day}
    if is_missed_nowhere:
        _drop(row)
        return days
    state = DifferenceState.OPEN
    if found.verdict is Verdict.AGREED:
        state = DifferenceState.SETTLED
    elif left.get(row.pk) == found.difference:
        state = DifferenceState.LEFT
    # A settled row keeps what it was about.
    verdict = row.verdict if state == DifferenceState.SETTLED else found.verdict.value
    figures = {
        "day": day or row.day,
        "verdict": verdict,
        "theirs": found.theirs,
        "ours": found.ours,
        "state": state,
    }
    save_changed(row, figures)
    return days


def save_changed(row: Model, figures: Mapping[str, object]) -> bool:
    """Write these fields if one of them is another than it was; say whether."""
    if all(getattr(row, name) == value for name, value in figures.items()):
        return False
    for name, value in figures.items():
        setattr(row, name, value)
    row.save()
    return True


def _drop(row: Difference) -> None:
    """Nothing to compare any more: the row goes, unless staff did something about it."""
    if row.resolutions.exists():
        row.state = DifferenceState.SETTLED
        row.changed_at = timezone.now()
        row.save(update_fields=["state", "changed_at"])
    else:
        row.delete()


def chunks(subjects: Sequence[str]) -> Iterator[list[str]]:
    remaining = iter(subjects)
    while chunk := list(islice(remaining, CHUNK)):
        yield chunk
