"""A shop with a long past: the database of a young one, plus the rows of a million sales."""

from __future__ import annotations

from pathlib import Path

from django.db import connection, transaction

from bench.world import SKU_CODE
from ledger.checking import run_all

_SCRIPT = Path(__file__).parent / "history.sql"


@transaction.atomic
def write_history(*, count: int) -> None:
    """Add `count` purchases of one card to this database (bench/history.sql)."""
    with connection.cursor() as cursor:
        cursor.execute(_SCRIPT.read_text(), {"count": count, "sku": SKU_CODE})


def broken_invariants() -> list[str]:
    """What `manage.py check_ledger` finds in this database."""
    return [f"{result.name}: {problem}" for result in run_all() for problem in result.problems]
