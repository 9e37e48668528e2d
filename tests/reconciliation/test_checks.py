"""check_ledger names what is booked for reconciliation and refunds without its reason."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import connection

from ledger import accounts
from ledger import services as ledger
from ledger.checking import run_all
from ledger.models import EntryKind
from ledger.services import Line
from reconciliation.models import Difference, Resolution, ResolutionKind
from tests import world
from tests.reconciliation.desk import Desk

pytestmark = pytest.mark.django_db


def broken() -> set[str]:
    return {result.name for result in run_all() if result.problems}


@pytest.fixture
def settled() -> Resolution:
    desk = Desk()
    desk.says("扣款", "F000NOTOURS", "-12")
    desk.imports()
    return desk.settles("not_ours", ResolutionKind.CLAIM)


def post(kind: EntryKind, reference: str) -> None:
    ledger.post(
        reference=reference,
        kind=kind,
        lines=[
            Line(accounts.supplier("remote"), Decimal(5)),
            Line(accounts.supplier_loss("remote"), Decimal(-5)),
        ],
    )


def test_an_entry_without_a_resolution_is_named(settled: Resolution) -> None:
    assert world.books_are_clean()
    post(EntryKind.RECONCILIATION, "reconciliation:0")
    assert broken() == {"every entry of reconciliation has its resolution"}


def test_a_resolution_whose_entry_is_undone_behind_its_back_is_named(settled: Resolution) -> None:
    assert settled.entry is not None
    ledger.reverse(entry=settled.entry)
    assert "every resolution is booked as it says" in broken()


def test_a_difference_that_isn_t_the_sum_of_its_lines_is_named(settled: Resolution) -> None:
    Difference.objects.update(state="open", theirs=Decimal(11))
    assert broken() == {"what differs is the sum of the statement's lines"}


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM reconciliation_resolution",
        "UPDATE reconciliation_resolution SET amount = amount + 1",
        "UPDATE reconciliation_resolution SET entry_id = NULL",
    ],
)
def test_the_database_keeps_a_resolution_as_it_is(settled: Resolution, statement: str) -> None:
    with pytest.raises(Exception, match="stays as it is"), connection.cursor() as cursor:
        cursor.execute(statement)
