"""Moving money: `post` and `reverse` are the only two ways, `balance` and `statement` read it.
`postings` is the same as calls, for an order that sends its entries in one round trip with its own
rows.

Invariant of `post`: the lines of an entry sum to zero per unit, and every guarded balance stays at
or above its floor. Both are refused by the database as well (migrations 0001 and 0002).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from django.db import IntegrityError, connection, transaction

from database.prepared import Call, Statement, array, run_together, texts
from ledger.errors import InsufficientBalance
from ledger.models import Account, Entry, EntryKind, Posting, Unit


@dataclass(frozen=True, slots=True)
class Line:
    """One posting to be: `amount` is value into the account, in `unit`, at most 4 decimals.

    `is_open` is for who knows that the account is an open one: an entry of such lines only looks at
    no account. Were it guarded, the database would refuse the posting (migration 0006).
    """

    account_id: int
    amount: Decimal
    unit: Unit = Unit.CNY
    is_open: bool = False


@dataclass(frozen=True, slots=True)
class NewEntry:
    """A journal entry to be."""

    reference: str
    kind: EntryKind
    lines: Iterable[Line]
    memo: str = ""


@dataclass(frozen=True, slots=True)
class Posted:
    """`is_new` is False when the reference had been posted before and nothing was done."""

    entry_id: int
    is_new: bool


# One statement: the entry, the guarded balances in key order, the postings. Open accounts are only
# named, never locked. `locked` takes the row locks in one order, so two transfers can't deadlock.
# An account stands in one line only (`_merge`; an account has one unit).
_POST = Statement(
    "post_entry",
    """
WITH entry AS (
    INSERT INTO ledger_entry (reference, kind, memo, reverses_id, created_at)
    VALUES (%(reference)s, %(kind)s, %(memo)s, %(reverses)s, now())
    ON CONFLICT (reference) DO NOTHING
    RETURNING id
), line AS (
    SELECT * FROM unnest(%(accounts)s::bigint[], %(amounts)s::numeric[], %(units)s::text[])
        WITH ORDINALITY AS line (account_id, amount, unit, place)
), locked AS (
    SELECT account.id, line.amount
    FROM line JOIN ledger_account AS account ON account.id = line.account_id
    WHERE account.is_guarded AND EXISTS (SELECT FROM entry)
    ORDER BY account.id FOR NO KEY UPDATE OF account
), moved AS (
    UPDATE ledger_account AS account SET balance = account.balance + locked.amount
    FROM locked WHERE account.id = locked.id
    RETURNING account.id, account.balance
), posted AS (
    INSERT INTO ledger_posting (entry_id, account_id, unit, amount, balance_after)
    SELECT entry.id, line.account_id, line.unit, line.amount, moved.balance
    FROM entry CROSS JOIN line LEFT JOIN moved ON moved.id = line.account_id
    ORDER BY line.place
)
SELECT id FROM entry
""",
)

# Several entries whose accounts are known to be open, all but one at most: what an order posts at
# once. With one account to look at there is nothing to sort, and the database sums all of them up
# in one go. Each entry is posted or, when its reference is taken, left out, for itself.
_POST_TOGETHER = Statement(
    "post_entries_together",
    """
WITH entry AS (
    INSERT INTO ledger_entry (reference, kind, memo, created_at)
    SELECT reference, kind, memo, now()
    FROM unnest(%(references)s::text[], %(kinds)s::text[], %(memos)s::text[])
        AS new (reference, kind, memo)
    ON CONFLICT (reference) DO NOTHING
    RETURNING id, reference
), moved AS (
    UPDATE ledger_account AS account SET balance = account.balance + %(moved_by)s::numeric
    FROM entry
    WHERE account.id = %(looked_at)s::bigint AND account.is_guarded
      AND entry.reference = %(moved_for)s::text
    RETURNING account.id, account.balance
), posted AS (
    INSERT INTO ledger_posting (entry_id, account_id, unit, amount, balance_after)
    SELECT entry.id, line.account_id, line.unit, line.amount, moved.balance
    FROM unnest(%(lines_of)s::text[], %(accounts)s::bigint[], %(amounts)s::numeric[],
                %(units)s::text[]) AS line (reference, account_id, amount, unit)
    JOIN entry ON entry.reference = line.reference
    LEFT JOIN moved ON moved.id = line.account_id
)
SELECT id FROM entry
""",
)


def post(
    *,
    reference: str,
    kind: EntryKind,
    lines: Iterable[Line],
    memo: str = "",
    reverses: Entry | None = None,
) -> Posted:
    """Post one journal entry; return its key.

    Lines of the same account and unit are added up; zero lines are left out. Runs inside the
    caller's transaction and locks the guarded accounts among the lines, in key order. Safe to
    repeat: a reference that was posted before changes nothing and returns the first entry.
    Raises InsufficientBalance when a guarded account would fall below its floor; the transaction
    is then broken and must be rolled back.
    """
    entry = NewEntry(reference, kind, lines, memo)
    calls = [_posting(entry, _checked(entry), reverses)] if reverses else postings([entry])
    with connection.cursor() as cursor, refusals():
        run_together(cursor, calls)
        row = cursor.fetchone()
    if row:
        return Posted(entry_id=row[0], is_new=True)
    return Posted(
        entry_id=Entry.objects.values_list("pk", flat=True).get(reference=reference), is_new=False
    )


def postings(entries: Sequence[NewEntry]) -> list[Call]:
    """Entries as `post` would post them, as calls for who sends them with statements of its own.

    The caller runs them inside `refusals()`, and has its own way to know a repetition.
    """
    checked = [_checked(entry) for entry in entries]
    every = [
        (entry.reference, line)
        for entry, lines in zip(entries, checked, strict=True)
        for line in lines
    ]
    unknown = [(reference, line) for reference, line in every if not line.is_open]
    if len(unknown) > 1:
        pairs = zip(entries, checked, strict=True)
        return [_posting(entry, lines, None) for entry, lines in pairs]
    reference, one = unknown[0] if unknown else (None, None)
    together = _POST_TOGETHER.with_(
        {
            "references": texts([entry.reference for entry in entries]),
            "kinds": array([entry.kind.value for entry in entries]),
            "memos": texts([entry.memo for entry in entries]),
            "moved_for": reference,
            "looked_at": one and one.account_id,
            "moved_by": one and one.amount,
            "lines_of": texts([reference for reference, _ in every]),
            "accounts": array([line.account_id for _, line in every]),
            "amounts": array([line.amount for _, line in every]),
            "units": array([line.unit.value for _, line in every]),
        }
    )
    return [together]


def _posting(entry: NewEntry, lines: Sequence[Line], reverses: Entry | None) -> Call:
    return _POST.with_(
        {
            "reference": entry.reference,
            "kind": entry.kind.value,
            "memo": entry.memo,
            "reverses": reverses.pk if reverses else None,
            "accounts": array([line.account_id for line in lines]),
            "amounts": array([line.amount for line in lines]),
            "units": array([line.unit.value for line in lines]),
        }
    )


@contextmanager
def refusals() -> Iterator[None]:
    """Raise InsufficientBalance where the database refuses to let a balance below its floor."""
    try:
        yield
    except IntegrityError as error:
        if "account_balance_at_least_floor" in str(error):
            raise InsufficientBalance from error
        raise


def _checked(entry: NewEntry) -> list[Line]:
    """The lines of an entry, each account once; an entry has some, and they sum to zero."""
    merged = _merge(entry.lines)
    if not merged:
        raise ValueError(f"{entry.reference}: an entry needs lines")
    _must_sum_to_zero(entry.reference, merged)
    return merged


def _merge(lines: Iterable[Line]) -> list[Line]:
    merged: dict[tuple[int, Unit], Line] = {}
    for line in lines:
        place = line.account_id, line.unit
        other = merged.get(place)
        merged[place] = replace(line, amount=other.amount + line.amount) if other else line
    return [line for line in merged.values() if line.amount]


def _must_sum_to_zero(reference: str, lines: Sequence[Line]) -> None:
    sums: defaultdict[Unit, Decimal] = defaultdict(Decimal)
    for line in lines:
        if line.amount != line.amount.quantize(Decimal("0.0001")):
            raise ValueError(f"{reference}: {line.amount} has more than 4 decimals")
        sums[line.unit] += line.amount
    if any(sums.values()):
        raise ValueError(f"{reference} does not sum to zero: {dict(sums)}")


@transaction.atomic
def reverse(*, entry: Entry, memo: str = "") -> Posted:
    """Mend a mistake: post the entry again with opposite signs. An entry is reversed once."""
    lines = [Line(p.account_id, -p.amount, Unit(p.unit)) for p in entry.postings.order_by("id")]
    return post(
        reference=f"reversal:{entry.pk}",
        kind=EntryKind.REVERSAL,
        lines=lines,
        memo=memo or entry.reference,
        reverses=entry,
    )


def lock(account_ids: Iterable[int]) -> None:
    """Lock guarded accounts in key order: the first lock of a transaction that will pay out."""
    list(
        Account.objects.select_for_update(no_key=True)
        .filter(pk__in=set(account_ids), is_guarded=True)
        .order_by("pk")
        .values_list("pk", flat=True)
    )


_SET_FLOOR = """
UPDATE ledger_account
SET floor = least(balance, %(floor)s),
    climbs_to = CASE WHEN balance < %(floor)s THEN %(floor)s END
WHERE id = %(account)s AND is_guarded
"""


def set_floor(account_id: int, floor: Decimal) -> None:
    """Let a guarded account go down to `floor` and no further.

    Where the balance is below it already, the floor stands at the balance: nothing more can be
    spent, and every deposit takes the floor along until it is reached (migration climbing_floors).
    """
    with connection.cursor() as cursor:
        cursor.execute(_SET_FLOOR, {"account": account_id, "floor": floor})


_BALANCES = """
SELECT account.id,
       coalesce(account.balance,
                account.checkpoint_balance + coalesce((
                    SELECT sum(amount) FROM ledger_posting AS posting
                    WHERE posting.account_id = account.id
                      AND posting.id > account.checkpoint_posting), 0))
FROM ledger_account AS account WHERE account.id = ANY (%s)
"""


def balances(account_ids: Iterable[int]) -> dict[int, Decimal]:
    """The balances now, of guarded and open accounts alike, in one statement."""
    with connection.cursor() as cursor:
        cursor.execute(_BALANCES, [list(account_ids)])
        return dict(cursor.fetchall())


def balance(account_id: int) -> Decimal:
    return balances([account_id])[account_id]


def available(account_id: int) -> Decimal:
    """What can be spent from a guarded account: its balance above its floor."""
    account = Account.objects.only("balance", "floor").get(pk=account_id)
    assert account.balance is not None, f"account {account_id} is not guarded"
    return account.balance - account.floor


def statement(
    account_id: int,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    after_posting: int = 0,
    limit: int = 100,
) -> list[Posting]:
    """Postings of a guarded account, oldest first, each with the balance after it and its entry."""
    postings = Posting.objects.filter(account_id=account_id, pk__gt=after_posting)
    if since:
        postings = postings.filter(entry__created_at__gte=since)
    if until:
        postings = postings.filter(entry__created_at__lt=until)
    return list(postings.select_related("entry").order_by("pk")[:limit])


_FOLD = """
UPDATE ledger_account AS account
SET checkpoint_balance = account.checkpoint_balance + fresh.amount, checkpoint_posting = %(upto)s
FROM (
    SELECT open.id, sum(posting.amount) AS amount
    FROM ledger_account AS open JOIN ledger_posting AS posting
        ON posting.account_id = open.id
        AND posting.id > open.checkpoint_posting AND posting.id <= %(upto)s
    WHERE NOT open.is_guarded
    GROUP BY open.id
) AS fresh
WHERE account.id = fresh.id
"""
_ONE_FOLD_AT_A_TIME = 0x666F6C64  # the key of an advisory lock


def checkpoint(*, lock_timeout_ms: int = 50) -> int:
    """Fold settled postings into the checkpoints of open accounts; return the last one folded.

    Posting keys are handed out before they are committed, so "everything up to N" is only settled
    once no writer with a smaller key is under way: a SHARE lock, held for one SELECT, waits for
    exactly those. Purchases queue behind a waiting lock, so it waits `lock_timeout_ms` at most and
    raises OperationalError; the next run tries again.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [str(lock_timeout_ms)])
        cursor.execute("LOCK TABLE ledger_posting IN SHARE MODE")
        cursor.execute("SELECT coalesce(max(id), 0) FROM ledger_posting")
        boundary: int = cursor.fetchone()[0]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_ONE_FOLD_AT_A_TIME])
        cursor.execute(_FOLD, {"upto": boundary})
    return boundary
