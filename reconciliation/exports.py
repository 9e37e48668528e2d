"""Lists of reconciliation as files, for a bookkeeper's own sheets."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

import tablib
from django.db.models import QuerySet
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from reconciliation.models import Difference, StatementDay
from reconciliation.words import shown, who
from ui.exports import csv_file, safe_cell

_EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def differences_table(rows: QuerySet[Difference]) -> tuple[list[str], Iterable[list[str]]]:
    heading = [_("Day"), _("Party"), _("About"), _("What differs"), _("They say"), _("We say"),
               _("Difference"), _("State"), _("Settled by"), _("Reason")]  # fmt: skip
    found = rows.select_related("party").prefetch_related("resolutions")
    return heading, (_difference_cells(row) for row in found.iterator(chunk_size=500))


def _difference_cells(row: Difference) -> list[str]:
    done = [resolution for resolution in row.resolutions.all() if resolution.reversed_at is None]
    return [
        row.day.isoformat(),
        who(row.party),
        safe_cell(row.subject),
        str(row.get_verdict_display()),
        _plain(shown(row.theirs)),
        _plain(shown(row.ours)),
        _plain(shown(row.amount)),
        str(row.get_state_display()),
        ", ".join(str(resolution.get_kind_display()) for resolution in done),
        safe_cell("; ".join(resolution.reason for resolution in done)),
    ]


def days_table(rows: QuerySet[StatementDay]) -> tuple[list[str], Iterable[list[str]]]:
    heading = [_("Day"), _("Party"), _("Lines"), _("Sum"), _("Agreed"), _("Settled"), _("Open"),
               _("Their balance"), _("Our balance"), _("Difference"), _("In open differences"),
               _("Booked on another day"), _("Unexplained")]  # fmt: skip
    found = rows.select_related("party")
    return heading, (_day_cells(row) for row in found.iterator(chunk_size=500))


def _day_cells(row: StatementDay) -> list[str]:
    return [
        row.day.isoformat(),
        who(row.party),
        str(row.line_count),
        _plain(shown(row.line_total)),
        str(row.agreed_count),
        str(row.settled_count),
        str(row.open_count),
        _plain(row.stated_balance),
        _plain(row.our_balance),
        _plain(row.gap),
        _plain(row.open_amount),
        _plain(row.timing),
        _plain(row.unexplained),
    ]


def _plain(amount: Decimal | None) -> str:
    return "" if amount is None else f"{amount:.4f}"


def as_file(
    name: str, heading: Sequence[str], rows: Iterable[Sequence[str]], *, is_excel: bool
) -> HttpResponseBase:
    """A download as CSV or Excel."""
    if not is_excel:
        return csv_file(f"{name}.csv", heading, rows)
    data = tablib.Dataset(*rows, headers=list(heading), title=name[:31])
    response = HttpResponse(data.export("xlsx", escape=True), content_type=_EXCEL)
    response["Content-Disposition"] = f'attachment; filename="{name}.xlsx"'
    return response
