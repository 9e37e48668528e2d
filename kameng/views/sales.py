"""The sales board, and the ranking."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from kameng import periods
from kameng.access import agents_only, page
from kameng.forms.network import PeriodForm
from kameng.models import Agent
from kameng.queries import ranking as ranking_queries
from kameng.queries.sales import Board, Compared, board, branches, skus_of
from ui.exports import Cell, as_format, table_file

ROWS_SHOWN = 100
RANKED_MONTHS = 12
PERIODS = (
    ("today", gettext_lazy("Today")),
    ("week", gettext_lazy("This week")),
    ("month", gettext_lazy("This month")),
    ("custom", gettext_lazy("Own days")),
)
GROUPS = (
    ("sku", gettext_lazy("Goods")),
    ("category", gettext_lazy("Category")),
    ("branch", gettext_lazy("Direct downline")),
)


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table: `share` is its percent of everything kept; `agent` links a branch."""

    label: str
    sums: Compared
    share: Decimal
    agent: int | None = None


@require_safe
@agents_only
def sales(request: HttpRequest, agent: Agent) -> HttpResponseBase:
    """What was bought in a period by the agent and below it, and what it earned by that."""
    kind = request.GET.get("period", "")
    kind = kind if kind in periods.CHOICES else "month"
    form = PeriodForm(request.GET if kind == "custom" and "since" in request.GET else None)
    period = _period(kind, form)
    by = request.GET.get("by", "")
    by = by if by in dict(GROUPS) else "sku"
    figures = board(agent, period)
    rows = _rows_by(by, agent, period, figures)
    file_format = as_format(request.GET.get("format"))
    if file_format and not form.errors:
        return table_file("sales", _heading(by), _cells(rows), file_format=file_format)
    by_day = figures.by_day
    return page(
        request,
        agent,
        "sales",
        {
            "kind": kind,
            "kinds": PERIODS,
            "by": by,
            "groups": GROUPS,
            "form": form,
            "period": period,
            "board": figures,
            "sales_points": [(f"{day:%m-%d}", by_day[day].kept) for day in by_day],
            "earned_points": [(f"{day:%m-%d}", by_day[day].earned) for day in by_day],
            "rows": rows[:ROWS_SHOWN],
            "rows_left": max(len(rows) - ROWS_SHOWN, 0),
        },
    )


def _period(kind: str, form: PeriodForm) -> periods.Period:
    now = timezone.localdate()
    if kind == "today":
        return periods.today(now)
    if kind == "week":
        return periods.this_week(now)
    if kind == "custom" and form.is_bound and form.is_valid():
        return periods.between(form.cleaned_data["since"], form.cleaned_data["until"])
    return periods.this_month(now)


def _rows_by(by: str, agent: Agent, period: periods.Period, figures: Board) -> list[Row]:
    """The most first; what was only sold or earned before is a line as well."""
    if by == "branch":
        found = branches(agent, period)
        keys = [key for key in found if key is not None]
        names = Agent.objects.only("name").in_bulk(keys)
        named = [
            (names[key].name if key is not None else _("Left your downline"), sums, key)
            for key, sums in found.items()
        ]
        return _sorted(named, figures)
    skus = skus_of(list(figures.by_sku))
    if by == "category":
        categories: dict[str, Compared] = {}
        for key, sums in figures.by_sku.items():
            into = categories.setdefault(skus[key].product.category.label, Compared())
            into += sums
        return _sorted([(name, sums, None) for name, sums in categories.items()], figures)
    named = [
        (f"{skus[key].product.label} {skus[key].label}", sums, None)
        for key, sums in figures.by_sku.items()
    ]
    return _sorted(named, figures)


def _sorted(named: Iterable[tuple[str, Compared, int | None]], figures: Board) -> list[Row]:
    whole = figures.total.now.kept
    rows = [
        Row(name, sums, sums.now.kept * 100 / whole if whole > 0 else Decimal(0), key)
        for name, sums, key in named
    ]
    return sorted(rows, key=lambda row: (-row.sums.now.kept, -row.sums.now.earned, row.label))


def _heading(by: str) -> list[str]:
    return [
        str(dict(GROUPS)[by]),
        _("Orders"),
        _("Units"),
        _("Ordered"),
        _("Refunded"),
        _("Sales"),
        _("Sales before"),
        _("Profit"),
        _("Profit before"),
    ]


def _cells(rows: Iterable[Row]) -> Iterator[list[Cell]]:
    for row in rows:
        now, before = row.sums.now, row.sums.before
        yield [
            row.label,
            now.orders,
            now.quantity,
            now.sales,
            now.refunds,
            now.kept,
            before.kept,
            now.earned,
            before.earned,
        ]


@require_safe
@agents_only
def ranking(request: HttpRequest, agent: Agent) -> HttpResponse:
    """A month's places: the direct downline, and the agent itself among its tier."""
    this_month = timezone.localdate().replace(day=1)
    months = [periods.month_before(this_month, n) for n in range(RANKED_MONTHS)]
    month: date = next(
        (one for one in months if f"{one:%Y-%m}" == request.GET.get("month")), this_month
    )
    return page(
        request,
        agent,
        "ranking",
        {
            "month": month,
            "months": months,
            "below": ranking_queries.below(agent, month),
            "standing": ranking_queries.standing(agent, month),
        },
    )
