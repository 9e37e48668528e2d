"""An agent's funds: what can be spent, the statement, a month on one page to print."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_POST, require_safe

from kameng.access import active_agents_only, agents_only, page
from kameng.forms.developer import ThresholdForm
from kameng.forms.filters import StatementFilter
from kameng.models import Agent, BalanceWatch
from kameng.queries.commissions import commission_totals
from kameng.queries.diligence import diligence_of
from kameng.queries.statement import (
    MOST_LOOKED,
    Wanted,
    about,
    looked_to,
    month_of,
    next_month,
    statement_of,
)
from kameng.services.funds.credit import credit_line_of
from kameng.services.watching import set_balance_threshold
from ledger.models import Posting
from ui.exports import Cell, as_format, table_file
from ui.pages import key_from

PAGE_SIZE = 30
MOST_PRINTED = 1000
FIRST_YEAR = 2020


@dataclass(frozen=True, slots=True)
class Row:
    posting: Posting
    address: str


@require_safe
@agents_only
def funds(request: HttpRequest, agent: Agent) -> HttpResponseBase:
    form = StatementFilter(request.GET)
    said = form.cleaned_data if form.is_valid() else {}
    wanted = Wanted(
        group=said.get("kind", ""),
        text=said.get("q", ""),
        since=said.get("since"),
        until=said.get("until"),
    ).bounded()
    found = statement_of(agent, wanted)
    file_format = as_format(request.GET.get("format"))
    if file_format and form.is_valid():
        heading = [
            _("Time"),
            _("What"),
            pgettext("document", "Number"),
            _("Ledger reference"),
            _("Came in"),
            _("Went out"),
            _("Balance"),
        ]
        rows = _file_rows(found.iterator(2000))
        return table_file("statement", heading, rows, file_format=file_format)
    after = key_from(request.GET.get("after", ""))
    if after:
        found = found.filter(pk__lt=after)
    looked = looked_to(agent, wanted, after=after) if wanted.is_search else 0
    if looked:
        found = found.filter(pk__gte=looked)
    shown = list(found[: PAGE_SIZE + 1])
    return _funds_page(request, agent, form, wanted, shown, is_later=bool(after), looked=looked)


def _funds_page(
    request: HttpRequest,
    agent: Agent,
    form: StatementFilter,
    wanted: Wanted,
    shown: Sequence[Posting],
    *,
    is_later: bool,
    looked: int,
) -> HttpResponse:
    """`looked`: where a search stopped looking, with more movements behind; 0: at the end."""
    is_more = len(shown) > PAGE_SIZE
    watch = BalanceWatch.objects.filter(agent=agent).first()
    is_filtered = any(form.data.get(name) for name in form.fields)
    context = {
        "form": form,
        "is_filtered": is_filtered,
        "searched_since": wanted.since if wanted.is_search else None,
        "rows": [Row(posting, about(posting.entry)) for posting in shown[:PAGE_SIZE]],
        "is_first": not is_later,
        "next": shown[PAGE_SIZE - 1].pk if is_more else looked,
        "looked_at": MOST_LOOKED if looked and not is_more else 0,
        "commissions": commission_totals(agent),
        # Beside the newest movements only: a search, or an older page, isn't about this month.
        "month": None
        if is_later or is_filtered
        else month_of(agent, timezone.localdate().replace(day=1)),
        "credit_line": credit_line_of(agent),
        "missing": _missing(agent),
        "watch": watch,
        "threshold_form": ThresholdForm(
            initial={"threshold": f"{watch.threshold:.2f}" if watch else ""}
        ),
    }
    return page(request, agent, "funds", context)


def _missing(agent: Agent) -> object:
    """What must be paid in before anything can be bought again; None when nothing must."""
    wallet = agent.wallet
    if wallet.climbs_to is None or wallet.balance is None:
        return None
    return wallet.climbs_to - wallet.balance


def _file_rows(found: Iterator[Posting]) -> Iterator[list[Cell]]:
    for posting in found:
        entry, amount = posting.entry, posting.amount
        yield [
            entry.created_at,
            str(entry.get_kind_display()),
            entry.memo,
            entry.reference,
            amount if amount > 0 else None,
            amount if amount < 0 else None,
            posting.balance_after,
        ]


@require_POST
@active_agents_only
def threshold(request: HttpRequest, agent: Agent) -> HttpResponse:
    """Below which balance the agent wants to be told."""
    form = ThresholdForm(request.POST)
    if not form.is_valid():
        messages.error(request, " ".join(str(e) for errors in form.errors.values() for e in errors))
        return redirect("kameng:funds")
    wanted = form.cleaned_data["threshold"]
    set_balance_threshold(agent=agent, threshold=wanted, actor=agent.user)
    messages.success(
        request,
        _("You won't be told of a low balance.")
        if wanted is None
        else _("You are told once the balance falls below ¥%(amount)s.")
        % {"amount": f"{wanted:,.2f}"},
    )
    return redirect("kameng:funds")


@require_safe
@agents_only
def month(request: HttpRequest, agent: Agent, year: int, number: int) -> HttpResponse:
    """A month with opening and closing balance, by kind, by day, and each movement; to print."""
    today = timezone.localdate()
    if not (FIRST_YEAR <= year <= today.year and 1 <= number <= 12):
        raise Http404
    first = date(year, number, 1)
    if first > today:
        raise Http404
    whole = month_of(agent, first, with_days=True)
    count = sum(kind.count for kind in whole.kinds)
    wanted = Wanted(since=whole.first, until=whole.last)
    shown = list(statement_of(agent, wanted).order_by("pk")) if count <= MOST_PRINTED else []
    later = next_month(first)
    context = {
        "month": whole,
        "count": count,
        "most": MOST_PRINTED,
        "rows": [Row(posting, about(posting.entry)) for posting in shown],
        "person": diligence_of(agent),
        "earlier": (first - timedelta(days=1)).replace(day=1),
        "later": later if later <= today else None,
        "printed_at": timezone.now(),
    }
    return page(request, agent, "month", context)
