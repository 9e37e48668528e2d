"""An agent's statement: its rows, what each is about, and a month in sums.

The time of a movement is its entry's. Where a day lies among the postings is found by halving
(`ledger_posting_from`), with an hour to both sides for transactions that took their time, so that
neither a list nor a sum reads more than its own days, however long the statement is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import TruncDate
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kameng.models import Agent
from kameng.queries.orders import start_of
from ledger.models import Entry, EntryKind, Posting

NOTHING = Decimal(0)
_SLACK = timedelta(hours=1)
# Searching by kind or text looks at each movement of its days, so it has some.
SEARCHED = timedelta(days=90)
# … and at so many of them at once, newest first: what lies behind is looked at when asked.
MOST_LOOKED = 20_000
K = EntryKind
GROUPS: dict[str, tuple[str | Promise, tuple[EntryKind, ...]]] = {
    "deposit": (_("Deposits"), (K.DEPOSIT,)),
    "order": (_("Orders"), (K.ORDER_PLACED,)),
    "refund": (_("Refunds"), (K.ORDER_REFUNDED, K.REFUND_SETTLED)),
    "commission": (_("Commissions"), (K.COMMISSION_SETTLED, K.COMMISSION_REVERSED)),
    "transfer": (_("Deposit handed on"), (K.DEPOSIT_TRANSFER,)),
    "withdrawal": (_("Withdrawals"), (K.WITHDRAWAL,)),
    "other": (_("Others"), ()),
}
_NAMED = [kind for _label, kinds in GROUPS.values() for kind in kinds]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a statement is narrowed to."""

    group: str = ""
    text: str = ""
    since: date | None = None
    until: date | None = None

    @property
    def is_search(self) -> bool:
        return bool(self.group or self.text)

    def bounded(self) -> Wanted:
        """A search has days: the last ninety, if none were said."""
        if self.is_search and self.since is None:
            last = self.until or timezone.localdate()
            return Wanted(self.group, self.text, last - SEARCHED, self.until)
        return self


def statement_of(agent: Agent, wanted: Wanted) -> QuerySet[Posting]:
    """The wallet's movements with their entries, newest first."""
    found = Posting.objects.filter(account_id=agent.wallet_id).select_related("entry")
    found = _between(
        found,
        agent.wallet_id,
        start_of(wanted.since) if wanted.since else None,
        start_of(wanted.until + timedelta(days=1)) if wanted.until else None,
    )
    if wanted.group in GROUPS:
        found = found.filter(_of_group(wanted.group))
    if text := "".join(wanted.text.split()):
        found = found.filter(Q(entry__memo__icontains=text) | Q(entry__reference__icontains=text))
    return found.order_by("-pk")


def looked_to(agent: Agent, wanted: Wanted, *, after: int) -> int:
    """The key of the oldest movement that one search looks at; 0: it reaches the end of its days.

    `after`: the key that it begins behind; 0: at the newest.
    """
    rows = Posting.objects.filter(account_id=agent.wallet_id)
    if wanted.since:
        (low,) = _places(agent.wallet_id, start_of(wanted.since) - _SLACK)
        rows = rows.filter(pk__gte=low)
    if wanted.until:
        (high,) = _places(agent.wallet_id, start_of(wanted.until + timedelta(days=1)) + _SLACK)
        rows = rows.filter(pk__lt=high)
    if after:
        rows = rows.filter(pk__lt=after)
    last = rows.order_by("-pk").values_list("pk", flat=True)[MOST_LOOKED - 1 : MOST_LOOKED + 1]
    keys = list(last)
    return keys[0] if len(keys) > 1 else 0


def _of_group(group: str) -> Q:
    kinds = GROUPS[group][1]
    return Q(entry__kind__in=kinds) if kinds else ~Q(entry__kind__in=_NAMED)


def _between(
    found: QuerySet[Posting], account_id: int, since: datetime | None, until: datetime | None
) -> QuerySet[Posting]:
    if since:
        (low,) = _places(account_id, since - _SLACK)
        found = found.filter(pk__gte=low, entry__created_at__gte=since)
    if until:
        (high,) = _places(account_id, until + _SLACK)
        found = found.filter(pk__lt=high, entry__created_at__lt=until)
    return found


def _places(account_id: int, *moments: datetime) -> tuple[int, ...]:
    calls = ", ".join(["ledger_posting_from(%s, %s)"] * len(moments))
    values = [value for moment in moments for value in (account_id, moment)]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {calls}", values)
        places: tuple[int, ...] = cursor.fetchone()
    return places


@dataclass(frozen=True, slots=True)
class KindSum:
    label: str
    count: int
    came: Decimal
    went: Decimal


@dataclass(frozen=True, slots=True)
class DaySum:
    on: date
    count: int
    came: Decimal
    went: Decimal
    closing: Decimal


@dataclass(frozen=True, slots=True)
class Month:
    """One month of a wallet (CNY): what was there, what came and went, what is left."""

    first: date
    opening: Decimal
    kinds: Sequence[KindSum]
    days: Sequence[DaySum]

    @property
    def last(self) -> date:
        return next_month(self.first) - timedelta(days=1)

    @property
    def came(self) -> Decimal:
        return sum((kind.came for kind in self.kinds), NOTHING)

    @property
    def went(self) -> Decimal:
        return sum((kind.went for kind in self.kinds), NOTHING)

    @property
    def closing(self) -> Decimal:
        return self.opening + self.came + self.went


def next_month(first: date) -> date:
    return (first.replace(day=28) + timedelta(days=4)).replace(day=1)


def month_of(agent: Agent, first: date, *, with_days: bool = False) -> Month:
    """The month that begins on `first`, in sums by kind, and by day if wanted."""
    start, end = start_of(first), start_of(next_month(first))
    low, high, last = _places(agent.wallet_id, start - _SLACK, start + _SLACK, end + _SLACK)
    mine = Posting.objects.filter(account_id=agent.wallet_id).order_by()
    rows = mine.filter(pk__gte=low, pk__lt=last)
    rows = rows.filter(entry__created_at__gte=start, entry__created_at__lt=end)
    # What was there before: the last balance an hour earlier, and what of two hours was before.
    before = mine.filter(pk__lt=low).order_by("-pk").values_list("balance_after", flat=True).first()
    around = mine.filter(pk__gte=low, pk__lt=high, entry__created_at__lt=start)
    opening = (before or NOTHING) + (around.aggregate(sum=Sum("amount"))["sum"] or NOTHING)
    # One pass for both tables: a busy wallet has a hundred thousand movements a month.
    grouped = rows.values("entry__kind")
    if with_days:
        grouped = rows.annotate(on=TruncDate(F("entry__created_at"))).values("entry__kind", "on")
    sums: Any = grouped.annotate(
        count=Count("pk"),
        came=Sum("amount", filter=Q(amount__gt=0), default=NOTHING),
        went=Sum("amount", filter=Q(amount__lt=0), default=NOTHING),
    )
    found = list(sums)
    kinds = [
        KindSum(
            str(EntryKind(kind).label), *_added(row for row in found if row["entry__kind"] == kind)
        )
        for kind in sorted({row["entry__kind"] for row in found})
    ]
    days: list[DaySum] = []
    closing = opening
    for on in sorted({row["on"] for row in found}) if with_days else []:
        count, came, went = _added(row for row in found if row["on"] == on)
        closing += came + went
        days.append(DaySum(on, count, came, went, closing))
    return Month(first, opening, kinds, days)


def _added(rows: Iterable[Mapping[str, Any]]) -> tuple[int, Decimal, Decimal]:
    """How many, what came, what went."""
    parts = list(rows)
    return (
        sum(row["count"] for row in parts),
        sum((row["came"] for row in parts), NOTHING),
        sum((row["went"] for row in parts), NOTHING),
    )


def about(entry: Entry) -> str:
    """The page of what a movement is about; "" when there is none."""
    kind, memo = entry.kind, entry.memo
    try:
        if kind in (K.ORDER_PLACED, K.ORDER_REFUNDED, K.ORDER_COMPLETED):
            return reverse("kameng:order", args=[memo]) if memo else ""
        if kind in (K.COMMISSION_SETTLED, K.COMMISSION_REVERSED):
            return reverse("kameng:commissions") + "?status=settled"
        if entry.reference.startswith("transfer:"):
            return reverse("kameng:transfer_detail", args=[entry.reference.partition(":")[2]])
        if memo.startswith("W"):
            return reverse("kameng:withdrawal", args=[memo])
        if memo.startswith("B"):
            return reverse("kameng:bank_deposit", args=[memo])
        if kind == K.DEPOSIT and memo.startswith("P"):
            return reverse("kameng:deposit_result") + f"?payment={memo}"
    except NoReverseMatch:  # a memo that is no number of ours
        return ""
    return ""
