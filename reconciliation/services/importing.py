"""Taking a statement in, and out again.

Invariant: a line is stored once, whatever file it comes in, so the same or an overlapping file
changes nothing that is there already.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, timedelta
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from reconciliation.books import Books, books_of
from reconciliation.books.base import day_of
from reconciliation.errors import StatementInUse, StatementRefused
from reconciliation.matching import Role
from reconciliation.models import (
    Difference,
    Party,
    Resolution,
    Statement,
    StatementDay,
    StatementLine,
)
from reconciliation.reading import Line, LineNote, Reading, Unreadable, read
from reconciliation.services.agreeing import refresh
from reconciliation.services.comparing import CHUNK, compare
from reconciliation.services.parties import locked
from users import audit
from users.models import User

MAX_DAYS = 31
MAX_NOTES = 100


@dataclass(slots=True)
class ImportReport:
    """What became of a file. `statement` is None when it changed nothing."""

    statement: Statement | None = None
    line_count: int = 0
    new_count: int = 0
    ignored_count: int = 0
    bad_count: int = 0
    bad: Sequence[LineNote] = field(default_factory=list)
    open_count: int = 0


def import_statement(
    *,
    party: Party,
    content: bytes,
    file_name: str,
    first_day: date,
    last_day: date,
    closing_balance: Decimal | None = None,
    skip_bad: bool = False,
    actor: User | None = None,
) -> ImportReport:
    """Store a statement of these days and compare them with our books.

    All or nothing, unless `skip_bad` leaves bad lines out. `closing_balance` is what the party says
    lies with it for us at the end of the last day. Locks the party. Raises StatementRefused.
    """
    _check_days(first_day, last_day)
    reading = _read(party, content, file_name)
    lines, outside = _within(reading.lines, first_day, last_day)
    bad = sorted([*reading.bad, *outside], key=lambda note: note.line)
    if bad and not skip_bad:
        raise StatementRefused(
            _("Nothing was imported: the file has bad lines."),
            notes=bad[:MAX_NOTES],
            bad_count=len(bad),
        )
    return _store(
        party, reading, lines, bad, content, file_name, first_day, last_day, closing_balance, actor
    )


def _check_days(first_day: date, last_day: date) -> None:
    if first_day > last_day:
        raise StatementRefused(_("The last day lies before the first."), field="last_day")
    if last_day > timezone.localdate():
        raise StatementRefused(_("This day hasn't come yet."), field="last_day")
    if (last_day - first_day).days >= MAX_DAYS:
        raise StatementRefused(_("A file may cover 31 days at most."), field="last_day")


def _read(party: Party, content: bytes, file_name: str) -> Reading:
    try:
        return read(
            content,
            name=file_name,
            encoding=party.encoding,
            columns=party.columns,
            words=party.words,
            negative=Role(party.negative_means),
        )
    except Unreadable as problem:
        raise StatementRefused(problem.message) from None


def _within(lines: Sequence[Line], first: date, last: date) -> tuple[list[Line], list[LineNote]]:
    inside, outside = [], []
    for line in lines:
        day = day_of(line.at)
        if first <= day <= last:
            inside.append(line)
        else:
            outside.append(
                LineNote(line.number, _("%(day)s isn't a day of this statement") % {"day": day})
            )
    return inside, outside


@transaction.atomic
def _store(
    party: Party,
    reading: Reading,
    lines: Sequence[Line],
    bad: Sequence[LineNote],
    content: bytes,
    file_name: str,
    first_day: date,
    last_day: date,
    closing_balance: Decimal | None,
    actor: User | None,
) -> ImportReport:
    party = locked(party)
    if closing_balance is not None:
        closing_balance = books_of(party).in_cny(closing_balance)
    report = ImportReport(
        line_count=len(lines),
        ignored_count=reading.ignored_count,
        bad_count=len(bad),
        bad=list(bad[:MAX_NOTES]),
    )
    new = _new_lines(party, lines)
    days = [first_day + timedelta(days=n) for n in range((last_day - first_day).days + 1)]
    covered = dict(
        StatementDay.objects.filter(party=party, day__in=days).values_list("day", "stated_balance")
    )
    is_new_balance = closing_balance is not None and covered.get(last_day) != closing_balance
    if not new and len(covered) == len(days) and not is_new_balance:
        _compare_days(party, days, set())  # our side may have moved on since
        report.open_count = _open_count(party, first_day, last_day)
        return report
    if not party.columns.named():
        party.columns = reading.columns
        party.save()
    statement = Statement.objects.create(
        party=party,
        first_day=first_day,
        last_day=last_day,
        file_name=file_name[:200],
        sha256=hashlib.sha256(content).hexdigest(),
        line_count=len(lines),
        new_count=len(new),
        bad_count=len(bad),
        uploaded_by=actor,
    )
    subjects = _insert(party, statement, new)
    for day in days:
        StatementDay.objects.get_or_create(party=party, day=day)
    _state_balances(party, days, closing_balance)
    _compare_days(party, days, subjects)
    report.statement, report.new_count = statement, len(new)
    report.open_count = _open_count(party, first_day, last_day)
    audit.record(
        actor=actor,
        action="statement.import",
        target=f"{party.kind}:{party.code}",
        file=file_name[:200],
        days=f"{first_day} – {last_day}",
        lines=len(lines),
        new=len(new),
        left_out=len(bad),
    )
    return report


def _new_lines(party: Party, lines: Sequence[Line]) -> list[tuple[str, Line]]:
    """The lines that aren't stored yet, with their digests. Of lines that are the same to the
    letter each counts, so a charge that stands twice in a file is two charges."""
    seen: Counter[tuple[object, ...]] = Counter()
    digested: list[tuple[str, Line]] = []
    for line in lines:
        content = (
            line.role.value,
            line.our_ref,
            line.their_ref,
            line.amount.normalize(),
            line.fee.normalize(),
            line.at.astimezone(UTC).isoformat(),
        )
        seen[content] += 1
        text = "|".join(map(str, (*content, seen[content])))
        digested.append((hashlib.sha256(text.encode()).hexdigest(), line))
    known: set[str] = set()
    for chunk in _chunks(digested):
        known |= set(
            StatementLine.objects.filter(
                party=party, digest__in=[digest for digest, _line in chunk]
            ).values_list("digest", flat=True)
        )
    return [(digest, line) for digest, line in digested if digest not in known]


def _insert(party: Party, statement: Statement, new: Sequence[tuple[str, Line]]) -> set[str]:
    """Store new lines; return what they are about."""
    books = books_of(party)
    is_newest_first = len(new) > 1 and new[0][1].at > new[-1][1].at
    subjects: set[str] = set()
    for chunk in _chunks(new):
        about = books.subjects([line for _digest, line in chunk])
        StatementLine.objects.bulk_create(
            _row(party, statement, books, digest, line, subject, is_newest_first)
            for (digest, line), subject in zip(chunk, about, strict=True)
        )
        subjects.update(about)
    return subjects


def _row(
    party: Party,
    statement: Statement,
    books: Books,
    digest: str,
    line: Line,
    subject: str,
    is_newest_first: bool,
) -> StatementLine:
    return StatementLine(
        statement=statement,
        party=party,
        digest=digest,
        line_number=line.number,
        day=day_of(line.at),
        at=line.at,
        role=line.role.value,
        our_ref=line.our_ref,
        their_ref=line.their_ref,
        amount=books.sign(line.role) * books.in_cny(line.amount),
        fee=books.in_cny(line.fee),
        balance=None if line.balance is None else books.in_cny(line.balance),
        place=-line.number if is_newest_first else line.number,
        subject=subject,
    )


def _chunks(rows: Sequence[tuple[str, Line]]) -> Iterator[Sequence[tuple[str, Line]]]:
    for start in range(0, len(rows), CHUNK):
        yield rows[start : start + CHUNK]


def _state_balances(party: Party, days: Sequence[date], closing_balance: Decimal | None) -> None:
    """Their balance at the end of each day: that of its last line, or as was typed."""
    last_lines = (
        StatementLine.objects.filter(party=party, day__in=days)
        .order_by("day", "-at", "-place")
        .distinct("day")
    )
    for day, balance in last_lines.values_list("day", "balance"):
        if balance is None:
            continue
        StatementDay.objects.filter(party=party, day=day).update(stated_balance=balance)
    if closing_balance is not None:
        StatementDay.objects.filter(party=party, day=days[-1]).update(
            stated_balance=closing_balance
        )


def _compare_days(party: Party, days: Sequence[date], subjects: set[str]) -> None:
    """Compare all that these days are about: their new lines, our bookings, what differed."""
    about = set(subjects)
    about |= {f"fee:{day.isoformat()}" for day in days}
    about |= set(books_of(party).expected(days[0], days[-1]))
    about |= set(
        Difference.objects.filter(party=party, day__in=days).values_list("subject", flat=True)
    )
    touched = compare(party, about)
    refresh(party, min([*touched, days[0]]))


def _open_count(party: Party, first_day: date, last_day: date) -> int:
    return Difference.objects.filter(
        party=party, day__gte=first_day, day__lte=last_day, state="open"
    ).count()


@transaction.atomic
def withdraw_statement(*, statement: Statement, actor: User | None, reason: str) -> None:
    """Take a file's lines out again, as if it had not come. Locks the party.

    Raises StatementInUse while a resolution stands on something that its lines are about.
    """
    party = locked(statement.party)
    statement.refresh_from_db()
    if statement.withdrawn_at is not None:
        return
    subjects = set(statement.lines.values_list("subject", flat=True))
    days = [
        statement.first_day + timedelta(days=n)
        for n in range((statement.last_day - statement.first_day).days + 1)
    ]
    about = subjects | {f"fee:{day.isoformat()}" for day in days}
    if Resolution.objects.filter(
        difference__party=party, difference__subject__in=about, reversed_at__isnull=True
    ).exists():
        raise StatementInUse
    statement.lines.all().delete()
    statement.withdrawn_at = timezone.now()
    statement.save(update_fields=["withdrawn_at"])
    others = Statement.objects.filter(party=party, withdrawn_at__isnull=True)
    for day in days:
        if not others.filter(first_day__lte=day, last_day__gte=day).exists():
            StatementDay.objects.filter(party=party, day=day).delete()
    _state_balances(party, days, None)
    _compare_days(party, days, subjects)
    audit.record(
        actor=actor,
        action="statement.withdraw",
        target=f"{party.kind}:{party.code}",
        reason=reason,
        file=statement.file_name,
    )
