"""Lists of reconciliation as files, for a bookkeeper's own sheets."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from reconciliation.models import Difference, StatementDay
from reconciliation.words import shown, who
from ui.exports import Cell


def differences_table(rows: QuerySet[Difference]) -> tuple[list[str], Iterable[list[Cell]]]:
    heading = [_("Day"), _("Party"), _("About"), _("What differs"), _("They say"), _("We say"),
               _("Difference"), _("State"), _("Settled by"), _("Reason")]  # fmt: skip
    found = rows.select_related("party").prefetch_related("resolutions")
    return heading, (_difference_cells(row) for row in found.iterator(chunk_size=500))


def _difference_cells(row: Difference) -> list[Cell]:
    done = [resolution for resolution in row.resolutions.all() if resolution.reversed_at is None]
    return [
        row.day,
        who(row.party),
        row.subject,
        str(row.get_verdict_display()),
        _rounded(shown(row.theirs)),
        _rounded(shown(row.ours)),
        _rounded(shown(row.amount)),
        str(row.get_state_display()),
        ", ".join(str(resolution.get_kind_display()) for resolution in done),
        "; ".join(resolution.reason for resolution in done),
    ]


def days_table(rows: QuerySet[StatementDay]) -> tuple[list[str], Iterable[list[Cell]]]:
    heading = [_("Day"), _("Party"), _("Lines"), _("Sum"), _("Agreed"), _("Settled"), _("Open"),
               _("Their balance"), _("Our balance"), _("Difference"), _("In open differences"),
               _("Booked on another day"), _("Unexplained")]  # fmt: skip
    found = rows.select_related("party")
    return heading, (_day_cells(row) for row in found.iterator(chunk_size=500))


def _day_cells(row: StatementDay) -> list[Cell]:
    return [
        row.day,
        who(row.party),
        row.line_count,
        _rounded(shown(row.line_total)),
        row.agreed_count,
        row.settled_count,
        row.open_count,
        _rounded(row.stated_balance),
        _rounded(row.our_balance),
        _rounded(row.gap),
        _rounded(row.open_amount),
        _rounded(row.timing),
        _rounded(row.unexplained),
    ]


def _rounded(amount: Decimal | None) -> Decimal | None:
    """To the 0.0001 that our books have."""
    return None if amount is None else amount.quantize(Decimal("0.0001"))
