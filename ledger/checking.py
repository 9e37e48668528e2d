"""How an app says what it verified: `check_ledger` runs every module of settings.LEDGER_CHECKS.

Each such module has `run() -> Iterable[CheckResult]`. The command runs them all in one
REPEATABLE READ snapshot, so a busy shop doesn't look broken.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from django.conf import settings
from django.db import connection, transaction

MAX_PROBLEMS = 20


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One invariant: how many things were looked at, and what is wrong with which."""

    name: str
    checked: int
    problems: Sequence[str]


def check_sql(name: str, *, count: str, problems: str, sentence: str) -> CheckResult:
    """An invariant as two queries: how many rows it covers, and the rows that break it.

    `sentence` is formatted with each bad row's columns.
    """
    with connection.cursor() as cursor:
        cursor.execute(count)
        checked: int = cursor.fetchone()[0] or 0
        cursor.execute(f"{problems} LIMIT {MAX_PROBLEMS}")
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return CheckResult(name, checked, [sentence.format(*row) for row in rows])


def run_all() -> list[CheckResult]:
    """Run every app's checks in one read-only snapshot.

    Inside a caller's transaction (a test) that transaction is the snapshot.
    """
    is_outermost = not connection.in_atomic_block
    with transaction.atomic():
        if is_outermost:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        return [result for path in settings.LEDGER_CHECKS for result in import_module(path).run()]
