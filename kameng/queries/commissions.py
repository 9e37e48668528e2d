"""An agent's commissions: every one with its order, totals, months, settlements.

Totals don't add up every commission that the agent ever had: what is pending is the balance of its
account in the books, and each settlement knows what had been paid out with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import connection
from django.db.models import F, Q, QuerySet, Sum
from django.utils import timezone

from kameng.models import Agent, Commission, CommissionStatus, Settlement
from kameng.queries.orders import start_of
from kameng.terms import Terms
from ledger import services as ledger

NOTHING = Decimal(0)
MONTHS = 6
MOST_LOOKED = 5_000
# Shorter ones may be part of a name.
ORDER_NUMBER_DIGITS = 12


@dataclass(frozen=True, slots=True)
class CommissionWanted:
    """The text is an order number, or part of a buyer's name or of the name of the goods."""

    status: str = ""
    since: date | None = None
    until: date | None = None
    text: str = ""
    settlement: str = ""


def commissions_of(agent: Agent, wanted: CommissionWanted) -> QuerySet[Commission]:
    """What the agent earned, newest first, with the order behind each and who bought."""
    found = Commission.objects.filter(agent=agent).select_related(
        "order__buyer__agent", "order__sku__product"
    )
    if wanted.status in CommissionStatus.values:
        found = found.filter(status=wanted.status)
    if wanted.since:
        found = found.filter(created_at__gte=start_of(wanted.since))
    if wanted.until:
        found = found.filter(created_at__lt=start_of(wanted.until + timedelta(days=1)))
    if wanted.settlement:
        found = found.filter(settlement_reference=wanted.settlement)
    if wanted.text:
        found = found.filter(_says(wanted.text))
    return found.order_by("-created_at", "-pk")


def _is_order_number(text: str) -> bool:
    number = "".join(text.split())
    return number.isascii() and number.isdecimal() and len(number) >= ORDER_NUMBER_DIGITS


def _says(text: str) -> Q:
    is_order = Q(order__order_no__startswith="".join(text.split()))
    if _is_order_number(text):  # nobody is called so, and an index finds it
        return is_order
    is_named = Q(order__buyer__agent__name__icontains=text) | Q(order__product_name__icontains=text)
    return is_order | is_named


@dataclass(frozen=True, slots=True)
class CommissionPage:
    """`next` is the key that the following page begins behind, 0 on the last one. `looked_at` rows
    were looked at by a search that found too few of them, with more behind; 0: it saw all."""

    rows: Sequence[Commission]
    next: int
    looked_at: int


def page_of(agent: Agent, wanted: CommissionWanted, *, after: int, most: int) -> CommissionPage:
    """The commissions behind a key, so that the hundredth page costs no more than the first.

    Names are looked for among the next MOST_LOOKED commissions and no further.
    """
    found = commissions_of(agent, wanted)
    every = commissions_of(agent, replace(wanted, text="")).select_related(None)
    if after:
        at = Commission.objects.filter(agent=agent, pk=after).values_list("created_at", flat=True)
        begin = at.first()
        if begin is None:
            return CommissionPage([], 0, 0)
        is_later = Q(created_at=begin, pk__gte=after)
        found, every = (
            rows.filter(created_at__lte=begin).exclude(is_later) for rows in (found, every)
        )
    looked = 0
    if wanted.text and not _is_order_number(wanted.text):
        ends = list(every.values_list("pk", "created_at")[MOST_LOOKED - 1 : MOST_LOOKED + 1])
        if len(ends) > 1:
            looked, end = ends[0]
            found = found.filter(created_at__gte=end).exclude(created_at=end, pk__lt=looked)
    rows = list(found[: most + 1])
    if len(rows) > most:
        return CommissionPage(rows[:most], rows[most - 1].pk, 0)
    return CommissionPage(rows, looked, MOST_LOOKED if looked else 0)


@dataclass(frozen=True, slots=True)
class Earned:
    """A commission with the prices behind its level difference, as the order keeps them."""

    row: Commission
    price_below: Decimal
    own_price: Decimal


def earned(rows: Iterable[Commission]) -> list[Earned]:
    """The commissions of a page (their orders loaded) with the prices that gave them."""
    found = []
    for row in rows:
        prices = [upline.own_price for upline in Terms.of(row.order).uplines]
        below = min([row.order.unit_price, *prices[: row.generation - 1]])
        found.append(Earned(row, below, prices[row.generation - 1]))
    return found


@dataclass(frozen=True, slots=True)
class Sums:
    """Of the commissions that a filter leaves (CNY)."""

    earned: Decimal
    taken_back: Decimal

    @property
    def kept(self) -> Decimal:
        return self.earned - self.taken_back


def sums_of(found: QuerySet[Commission]) -> Sums:
    sums = found.order_by().aggregate(amount=Sum("amount"), back=Sum("reversed_amount"))
    return Sums(sums["amount"] or NOTHING, sums["back"] or NOTHING)


@dataclass(frozen=True, slots=True)
class CommissionTotals:
    """CNY. `owed` is what refunds of settled commissions took back and no settlement netted yet."""

    pending: Decimal
    settled_this_month: Decimal
    settled: Decimal
    owed: Decimal


def commission_totals(agent: Agent) -> CommissionTotals:
    """Three statements, however many commissions there are."""
    this_month = start_of(timezone.localdate().replace(day=1))
    owing = Commission.objects.filter(agent=agent).owing().order_by()
    owed = owing.aggregate(owed=Sum(F("clawed_back") - F("recovered")))["owed"] or NOTHING
    settled, before = _paid_by(agent, [None, this_month])
    return CommissionTotals(
        pending=ledger.balance(agent.commission_payable_id) + owed,
        settled_this_month=settled - before,
        settled=settled,
        owed=owed,
    )


_PAID_BY = """
SELECT coalesce((
    SELECT total_after FROM kameng_settlement
    WHERE agent_id = %(agent)s AND (moment.at IS NULL OR created_at < moment.at)
    ORDER BY created_at DESC, id DESC LIMIT 1), 0)
FROM unnest(%(moments)s::timestamptz[]) WITH ORDINALITY AS moment (at, place)
ORDER BY moment.place
"""


def _paid_by(agent: Agent, moments: Sequence[datetime | None]) -> list[Decimal]:
    """What had been paid out in all before each of these moments (None: until now)."""
    with connection.cursor() as cursor:
        cursor.execute(_PAID_BY, {"agent": agent.pk, "moments": list(moments)})
        return [amount for (amount,) in cursor.fetchall()]


@dataclass(frozen=True, slots=True)
class Month:
    """Of the commissions earned in it (CNY); `paid_out` is what was settled in it."""

    first_day: date
    earned: Decimal
    taken_back: Decimal
    paid_out: Decimal

    @property
    def kept(self) -> Decimal:
        return self.earned - self.taken_back

    @property
    def last_day(self) -> date:
        return (self.first_day + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def month_totals(agent: Agent, *, months: int = MONTHS) -> list[Month]:
    """The latest months, this one first. Two statements."""
    days = _first_days(months)
    begins = [start_of(day) for day in days]
    ends = [None, *begins[:-1]]
    paid = _paid_by(agent, [None, *begins])
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT month.place, coalesce(sum(amount), 0), coalesce(sum(reversed_amount), 0)
            FROM unnest(%(begins)s::timestamptz[], %(ends)s::timestamptz[])
                WITH ORDINALITY AS month (starts, until, place)
            LEFT JOIN kameng_commission ON agent_id = %(agent)s AND created_at >= month.starts
                AND (month.until IS NULL OR created_at < month.until)
            GROUP BY month.place ORDER BY month.place""",
            {"agent": agent.pk, "begins": begins, "ends": ends},
        )
        sums = cursor.fetchall()
    return [
        Month(day, amount, back, paid[place] - paid[place + 1])
        for place, (day, (_place, amount, back)) in enumerate(zip(days, sums, strict=True))
    ]


def _first_days(months: int) -> list[date]:
    day = timezone.localdate().replace(day=1)
    found = [day]
    while len(found) < months:
        day = (day - timedelta(days=1)).replace(day=1)
        found.append(day)
    return found


def settlements_of(agent: Agent) -> QuerySet[Settlement]:
    return Settlement.objects.filter(agent=agent).order_by("-pk")
