"""What staff do about a difference: each a journal entry of its own, a decision through the party's
own door, or nothing but a word; and taking it back.

Invariant: what a resolution posts makes our figure theirs, so the difference is gone by it; what
is taken back makes the difference appear again.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from ledger import accounts
from ledger import services as ledger
from ledger.models import Entry, EntryKind
from ledger.services import Line
from reconciliation.books import Books, books_of
from reconciliation.errors import (
    EntryUnfit,
    FiguresChanged,
    NotPossible,
    NotReversible,
    ReasonMissing,
)
from reconciliation.matching import Role, Verdict
from reconciliation.models import (
    Difference,
    DifferenceState,
    Party,
    Resolution,
    ResolutionKind,
    StatementDay,
    StatementLine,
)
from reconciliation.options import DECISIONS, is_reversible, options
from reconciliation.reading import Line as StatementRow
from reconciliation.services.agreeing import refresh
from reconciliation.services.comparing import compare
from reconciliation.services.parties import locked
from users import audit
from users.models import User

AT_ONCE = 2_000
# Entries behind these references are in our figure already.
_COUNTED_PREFIXES = ("order:", "fulfilment:", "receipt:", "refund:", "reconciliation:")


def options_of(difference: Difference) -> list[ResolutionKind]:
    """What can be done about a difference as it is now."""
    if difference.state == DifferenceState.SETTLED:
        return []
    books = books_of(difference.party)
    return options(
        Verdict(difference.verdict),
        difference.amount,
        decisions=books.decisions(difference.subject, theirs=difference.theirs),
        has_cost=books.cost_account(difference.subject) is not None,
        has_claim=ledger.balance(books.claim_account()) < 0,
    )


@transaction.atomic
def resolve(
    *,
    difference: Difference,
    kind: ResolutionKind,
    reason: str,
    actor: User | None,
    request_ref: str,
    seen: Decimal,
    entry_reference: str = "",
) -> Resolution:
    """Settle a difference of `seen`, the amount that the person looked at. Audited.

    Locks the party, then what the door of a decision locks. The same `request_ref` again gives the
    same resolution back and books nothing. Raises FiguresChanged, NotPossible, ReasonMissing,
    EntryUnfit, and what the door raises: nothing was booked.
    """
    party = locked(difference.party)
    earlier = Resolution.objects.filter(request_ref=request_ref).first()
    if earlier is not None:
        return earlier
    if not reason.strip():
        raise ReasonMissing(field="reason")
    _look_again(party, difference)
    current = Difference.objects.filter(pk=difference.pk).first()
    if current is None or current.state == DifferenceState.SETTLED or current.amount != seen:
        raise FiguresChanged
    if kind not in options_of(current):
        raise NotPossible(field="kind")
    resolution = Resolution.objects.create(
        difference=current,
        kind=kind,
        amount=Decimal(0) if kind in DECISIONS else current.amount,
        reason=reason.strip()[:200],
        request_ref=request_ref,
        actor=actor,
    )
    _carry_out(books_of(party), current, resolution, entry_reference)
    audit.record(
        actor=actor,
        action=f"reconcile.{kind.value}",
        target=f"{party.kind}:{party.code}:{current.subject}",
        reason=reason.strip(),
        amount=str(current.amount),
        day=str(current.day),
    )
    _after(party, current)
    return resolution


def _carry_out(
    books: Books, difference: Difference, resolution: Resolution, entry_reference: str
) -> None:
    kind = ResolutionKind(resolution.kind)
    if kind == ResolutionKind.LEAVE:
        return
    if kind == ResolutionKind.BOOKED:
        resolution.entry = _entry_booked_before(books, difference, entry_reference)
        resolution.save(update_fields=["entry"])
        return
    if kind in DECISIONS:
        line = StatementLine.objects.filter(
            party=difference.party, subject=difference.subject, amount__gt=0
        ).exclude(their_ref="")
        if difference.theirs < 0:
            line = StatementLine.objects.filter(
                party=difference.party, subject=difference.subject, amount__lt=0
            ).exclude(their_ref="")
        their_ref = line.values_list("their_ref", flat=True).first() or ""
        books.decide(
            difference.subject,
            kind,
            theirs=difference.theirs,
            their_ref=their_ref,
            reason=resolution.reason,
        )
        return
    posted = ledger.post(
        reference=f"reconciliation:{resolution.pk}",
        kind=EntryKind.RECONCILIATION,
        lines=[
            Line(books.account(), resolution.amount),
            Line(_counter_account(books, difference, kind), -resolution.amount),
        ],
        memo=f"{difference.party.code} {difference.subject}"[:200],
    )
    resolution.entry_id = posted.entry_id
    resolution.save(update_fields=["entry"])


def _counter_account(books: Books, difference: Difference, kind: ResolutionKind) -> int:
    """The other side of what is booked into the party's account."""
    match kind:
        case ResolutionKind.ACCEPT:
            cost = books.cost_account(difference.subject)
            assert cost is not None, difference.subject
            return cost
        case ResolutionKind.FEE:
            return books.fee_account()
        case ResolutionKind.CLAIM | ResolutionKind.CLAIM_PAID:
            return books.claim_account()
        case ResolutionKind.BANK:
            return accounts.bank()
    assert kind == ResolutionKind.WRITE_OFF, kind
    return books.loss_account()


def _entry_booked_before(books: Books, difference: Difference, reference: str) -> Entry:
    """A journal entry of this very amount on the party's account that nothing counts yet."""
    reference = reference.strip()
    entry = Entry.objects.filter(reference=reference, reverses__isnull=True).first()
    fits = (
        entry is not None
        and not reference.startswith(_COUNTED_PREFIXES)
        and not Entry.objects.filter(reverses=entry).exists()
        and not Resolution.objects.filter(entry=entry, reversed_at__isnull=True).exists()
        and list(entry.postings.filter(account_id=books.account()).values_list("amount", flat=True))
        == [difference.amount]
    )
    if entry is None or not fits:
        raise EntryUnfit(field="entry_reference")
    return entry


@transaction.atomic
def take_back(*, resolution: Resolution, reason: str, actor: User | None) -> Resolution:
    """Take a resolution back: its entry is reversed and the difference is open again. Audited.

    Locks the party. Safe to repeat. Raises NotReversible for a decision (the order or refund has
    moved on), ReasonMissing.
    """
    party = locked(resolution.difference.party)
    resolution.refresh_from_db()
    if resolution.reversed_at is not None:
        return resolution
    if not is_reversible(ResolutionKind(resolution.kind)):
        raise NotReversible
    if not reason.strip():
        raise ReasonMissing(field="reason")
    if resolution.entry is not None and resolution.kind != ResolutionKind.BOOKED:
        ledger.reverse(entry=resolution.entry, memo=reason.strip()[:200])
    resolution.reversed_at = timezone.now()
    resolution.reversed_by = actor
    resolution.reversal_reason = reason.strip()[:200]
    resolution.save()
    audit.record(
        actor=actor,
        action="reconcile.take_back",
        target=f"{party.kind}:{party.code}:{resolution.difference.subject}",
        reason=reason.strip(),
        amount=str(resolution.amount),
        resolution=resolution.kind,
    )
    _after(party, resolution.difference)
    return resolution


@transaction.atomic
def compare_again(*, party: Party, subjects: Iterable[str]) -> None:
    """Look at both sides of these subjects anew: our side may have moved on by itself, and what
    differed agree by now. Locks the party."""
    party = locked(party)
    named = set(subjects)
    for subject in named & set(_nameless(party)):
        named |= _name_anew(party, subject)
    mine = Difference.objects.filter(party=party, subject__in=named).order_by("pk")
    before = list(mine.values_list("day", "theirs", "ours", "state"))
    touched = compare(party, named)
    if touched and list(mine.values_list("day", "theirs", "ours", "state")) != before:
        refresh(party, min(touched), with_timing=False)


def compare_open() -> None:
    """Compare again, party by party, what is open and what we booked on the last covered days: our
    side may have moved on by itself. For a task."""
    for party in Party.objects.all():
        rows = Difference.objects.filter(party=party, state=DifferenceState.OPEN)
        subjects = set(rows.order_by("pk").values_list("subject", flat=True)[:AT_ONCE])
        last = StatementDay.objects.filter(party=party).order_by("-day").first()
        if last is not None:
            subjects |= set(books_of(party).expected(last.day - timedelta(days=1), last.day))
        if subjects:
            compare_again(party=party, subjects=subjects)


def _look_again(party: Party, difference: Difference) -> None:
    subjects = _name_anew(party, difference.subject)
    compare(party, subjects)


def _after(party: Party, difference: Difference) -> None:
    """Both sides anew, and the balances of the days from then on."""
    touched = compare(party, _name_anew(party, difference.subject))
    is_decision = difference.resolutions.filter(kind__in=DECISIONS).exists()
    refresh(party, min([*touched, difference.day]), with_timing=is_decision)


def _nameless(party: Party) -> list[str]:
    """The subjects that weren't known to our books, or only as a payment without its money."""
    rows = Difference.objects.filter(party=party)
    strangers = rows.filter(subject__startswith="x:") | rows.filter(subject__startswith="p:")
    return list(strangers.values_list("subject", flat=True))


def _name_anew(party: Party, subject: str) -> set[str]:
    """What the lines of a subject are about by now: a number may have become known since."""
    if subject.startswith(("fee:", "fund:", "balance:")):
        return {subject}
    rows = list(StatementLine.objects.filter(party=party, subject=subject))
    named = books_of(party).subjects(
        [
            StatementRow(
                number=row.line_number,
                role=Role(row.role),
                our_ref=row.our_ref,
                their_ref=row.their_ref,
                amount=abs(row.amount),
                fee=row.fee,
                at=row.at,
                balance=None,
            )
            for row in rows
        ]
    )
    for row, name in zip(rows, named, strict=True):
        if name != row.subject:
            row.subject = name
            row.save(update_fields=["subject"])
    return {subject, *named}
