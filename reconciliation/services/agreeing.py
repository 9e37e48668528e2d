"""The day's agreement: their balance and ours at its end, and what explains the difference.

Of `their balance - our balance` open differences explain their sum; timing explains what one side
has on this day and the other on the next; what is left is unexplained, and is a difference of its
own (`balance:<day>`) on the day on which it appears. A resolution counts on the day of what it
resolves, not on the day on which somebody clicked.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal

from django.conf import settings
from django.db import connection
from django.db.models import Count, F, Sum
from django.utils import timezone

from reconciliation.books import books_of
from reconciliation.matching import ZERO, Verdict
from reconciliation.models import (
    Difference,
    DifferenceState,
    Party,
    Resolution,
    ResolutionKind,
    StatementDay,
    StatementLine,
)
from reconciliation.services.comparing import adjustments, chunks, save_changed

FIGURES = (
    "our_balance",
    "open_amount",
    "timing",
    "line_count",
    "line_total",
    "agreed_count",
    "settled_count",
    "open_count",
)
# A charge and its booking are at most this far apart, or they are a difference.
TIMING_WITHIN = timedelta(days=3)
UNSETTLED = (DifferenceState.OPEN, DifferenceState.LEFT)
# These posted nothing of their own.
WITHOUT_POSTING = (ResolutionKind.LEAVE, ResolutionKind.BOOKED)

_BOOKED_BY_DAY = """
SELECT (entry.created_at AT TIME ZONE %(zone)s)::date AS day, sum(posting.amount)
FROM ledger_posting posting
JOIN ledger_entry entry ON entry.id = posting.entry_id
LEFT JOIN ledger_entry undone ON undone.id = entry.reverses_id
WHERE posting.account_id = %(account)s
    AND entry.kind <> 'reconciliation' AND undone.kind IS DISTINCT FROM 'reconciliation'
GROUP BY 1
"""
_AGREED_BY_DAY = """
SELECT line.day, count(DISTINCT line.subject)
FROM reconciliation_statementline line
WHERE line.party_id = %(party)s AND line.day >= %(since)s AND NOT EXISTS (
    SELECT FROM reconciliation_difference difference
    WHERE difference.party_id = line.party_id AND difference.subject = line.subject)
GROUP BY line.day
"""


def refresh(party: Party, since: date, *, with_timing: bool = True) -> None:
    """Write the agreement of every covered day from `since` on. The caller holds the party's lock.

    `with_timing`: also look anew at what was booked on another day, where lines have changed.
    """
    days = list(StatementDay.objects.filter(party=party, day__gte=since).order_by("day"))
    if not days:
        return
    before = {row.pk: _figures(row) for row in days}
    timing = _timing(party, since, days[-1].day) if with_timing else {}
    booked = _Running(_booked_by_day(party))
    resolved = _Running(_resolved_by_day(party, is_balance=False))
    unsettled = _Running(_unsettled_by_day(party))
    for row in days:
        row.open_amount = -unsettled.until(row.day)
        row.timing = -timing[row.day] if row.day in timing else row.timing
        row.our_balance = -(booked.until(row.day) + resolved.until(row.day))
    _keep_unexplained(party, since, days)
    settled_balances = _Running(_resolved_by_day(party, is_balance=True))
    for row in days:
        assert row.our_balance is not None
        row.our_balance -= settled_balances.until(row.day)
    _count(party, since, days)  # after the balances' own differences, which are of these days too
    for row in days:
        if _figures(row) != before[row.pk]:
            row.computed_at = timezone.now()
            row.save()


def _figures(row: StatementDay) -> tuple[object, ...]:
    return tuple(getattr(row, name) for name in FIGURES)


class _Running:
    """Sums by day, added up."""

    def __init__(self, by_day: Mapping[date, Decimal]) -> None:
        self._days = sorted(by_day.items())

    def until(self, day: date) -> Decimal:
        return sum((amount for at, amount in self._days if at <= day), ZERO)


def _booked_by_day(party: Party) -> dict[date, Decimal]:
    with connection.cursor() as cursor:
        cursor.execute(
            _BOOKED_BY_DAY, {"account": books_of(party).account(), "zone": settings.TIME_ZONE}
        )
        return dict(cursor.fetchall())


def _resolved_by_day(party: Party, *, is_balance: bool) -> dict[date, Decimal]:
    """What resolutions posted, by the day of what they resolve."""
    rows = Resolution.objects.filter(difference__party=party, reversed_at__isnull=True).exclude(
        kind__in=WITHOUT_POSTING
    )
    mine = rows.filter(difference__verdict=Verdict.BALANCE.value)
    wanted = mine if is_balance else rows.exclude(difference__verdict=Verdict.BALANCE.value)
    sums = wanted.order_by().values("difference__day").annotate(total=Sum("amount"))
    return {row["difference__day"]: row["total"] for row in sums}


def _unsettled_by_day(party: Party) -> dict[date, Decimal]:
    sums = (
        Difference.objects.filter(party=party, state__in=UNSETTLED)
        .exclude(verdict=Verdict.BALANCE.value)
        .order_by()
        .values("day")
        .annotate(total=Sum(F("theirs") - F("ours")))
    )
    return {row["day"]: row["total"] for row in sums}


def _count(party: Party, since: date, days: Iterable[StatementDay]) -> None:
    lines = {
        row["day"]: row
        for row in StatementLine.objects.filter(party=party, day__gte=since)
        .order_by()
        .values("day")
        .annotate(count=Count("pk"), total=Sum("amount"))
    }
    states: defaultdict[tuple[date, str], int] = defaultdict(int)
    for row in (
        Difference.objects.filter(party=party, day__gte=since)
        .order_by()
        .values("day", "state")
        .annotate(count=Count("pk"))
    ):
        states[row["day"], row["state"]] = row["count"]
    with connection.cursor() as cursor:
        cursor.execute(_AGREED_BY_DAY, {"party": party.pk, "since": since})
        agreed = dict(cursor.fetchall())
    for day in days:
        of_day = lines.get(day.day)
        day.line_count = of_day["count"] if of_day else 0
        day.line_total = of_day["total"] if of_day else ZERO
        day.agreed_count = agreed.get(day.day, 0)
        day.open_count = states[day.day, DifferenceState.OPEN]
        day.settled_count = (
            states[day.day, DifferenceState.SETTLED] + states[day.day, DifferenceState.LEFT]
        )


def _timing(party: Party, since: date, last: date) -> dict[date, Decimal]:
    """For each covered day near `since`: what they have by its end and we booked after it, less
    what we booked by its end and they have after it. Differences are left out: they count apart."""
    start = since - TIMING_WITHIN
    until = min(last, since + 2 * TIMING_WITHIN)
    moved: defaultdict[str, defaultdict[date, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    lines = StatementLine.objects.filter(
        party=party, day__gte=start, day__lte=until + TIMING_WITHIN
    ).order_by()
    for row in lines.values("subject", "day").annotate(total=Sum("amount")):
        moved[row["subject"]][row["day"]] += row["total"]
    unsettled = set(
        Difference.objects.filter(party=party, state__in=UNSETTLED).values_list(
            "subject", flat=True
        )
    )
    subjects = sorted(moved.keys() - unsettled)
    books = books_of(party)
    settled_days = dict(
        Difference.objects.filter(party=party, subject__in=subjects).values_list("subject", "day")
    )
    for chunk in chunks(subjects):
        for found in books.items(chunk):
            if found.day is not None:
                moved[found.item.subject][found.day] -= found.item.amount
        for subject, amount in adjustments(party, chunk).items():
            moved[subject][settled_days[subject]] -= amount
    crossing = [
        by_day
        for subject in subjects
        if any((by_day := moved[subject]).values()) and not sum(by_day.values(), ZERO)
    ]
    days = [since + timedelta(days=n) for n in range((until - since).days + 1)]
    return {
        day: sum(
            (amount for by_day in crossing for at, amount in by_day.items() if at <= day), ZERO
        )
        for day in days
    }


def _keep_unexplained(party: Party, since: date, days: Iterable[StatementDay]) -> None:
    """Write the balance's own difference of each day on which something unexplained appears."""
    earlier = (
        StatementDay.objects.filter(party=party, day__lt=since, stated_balance__isnull=False)
        .order_by("-day")
        .first()
    )
    before = ZERO
    if earlier is not None:
        before = _unexplained(earlier) + _Running(_resolved_by_day(party, is_balance=True)).until(
            earlier.day
        )
    rows = {
        row.day: row
        for row in Difference.objects.filter(
            party=party, verdict=Verdict.BALANCE.value, day__gte=since
        )
    }
    for day in days:
        now = _unexplained(day) if day.stated_balance is not None else before
        _keep_balance(party, day.day, now - before, rows.pop(day.day, None))
        before = now
    for row in rows.values():  # their day isn't covered any more
        _keep_balance(party, row.day, ZERO, row)


def _unexplained(day: StatementDay) -> Decimal:
    """In the ledger's sign: what their balance asks for beyond all that is explained."""
    assert day.stated_balance is not None
    assert day.our_balance is not None
    return (day.our_balance - day.stated_balance) + day.open_amount + day.timing


def _keep_balance(party: Party, day: date, theirs: Decimal, row: Difference | None) -> None:
    if row is None:
        if theirs:
            Difference.objects.create(
                party=party,
                subject=f"balance:{day.isoformat()}",
                day=day,
                verdict=Verdict.BALANCE.value,
                theirs=theirs,
                ours=ZERO,
            )
        return
    done = row.resolutions.filter(reversed_at__isnull=True)
    posted = done.exclude(kind=ResolutionKind.LEAVE).aggregate(total=Sum("amount"))["total"] or ZERO
    if not theirs and not posted and not row.resolutions.exists():
        row.delete()
        return
    is_left = done.filter(kind=ResolutionKind.LEAVE, amount=theirs - posted).exists()
    state = DifferenceState.LEFT if is_left else DifferenceState.OPEN
    if theirs == posted:
        state = DifferenceState.SETTLED
    save_changed(row, {"theirs": theirs, "ours": posted, "state": state})
