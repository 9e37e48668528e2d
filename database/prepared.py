"""SQL that a connection parses and plans once, and then only runs.

Half of the time of a purchase went into planning the same statements again (docs/performance.md):
psycopg2 sends each one as new text. A `Statement` is PREPAREd when a connection first runs it, and
EXECUTEd from then on.

The settings have it plan for any value (plan_cache_mode): left to itself it planned the price rules
anew each time, since their plan for one value looks cheaper.

PostgreSQL keeps a prepared statement until the connection ends, even when the transaction that
prepared it is rolled back, and plans it anew by itself when a table changes. A pooler between us
and the database must give each process a session of its own, not one per transaction.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from weakref import WeakKeyDictionary

import psycopg2.extensions
from django.db import connection
from django.db.backends.utils import CursorWrapper
from psycopg2.extensions import AsIs

_numbers = itertools.count(1)
_prepared: WeakKeyDictionary[psycopg2.extensions.connection, set[str]] = WeakKeyDictionary()


class _Placeholders(dict[str, str]):
    """Numbers the parameters in the order in which they first appear in the text."""

    def __missing__(self, name: str) -> str:
        self[name] = f"${len(self) + 1}"
        return self[name]


def array(values: Iterable[int | Decimal | str]) -> str:
    """Numbers or our own plain words as the database reads an array from text.

    The statement casts it.

    psycopg2 would make an expression of them, of which the database analyses each part: with that a
    journal entry took half as long again.
    """
    return "{" + ",".join([str(value) for value in values]) + "}"


def texts(values: Iterable[str]) -> str:
    """The same for texts with anything in them."""
    return "{" + ",".join([_quoted(value) for value in values]) + "}"


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", r"\\").replace('"', r"\"") + '"'


class NextKey(AsIs):
    """As a parameter: the next key of a sequence, drawn by the database when the statement runs.

    For a row that is stored before the one that it belongs to; its statement returns the key.
    """

    def __init__(self, sequence: str) -> None:
        super().__init__(f"nextval('{sequence}')")


class DrawnKey(AsIs):
    """As a parameter: the key that this session has drawn last, by a statement before this one."""

    def __init__(self, sequence: str) -> None:
        super().__init__(f"currval('{sequence}')")


class Statement:
    """One statement with named parameters, `%(name)s`.

    The database takes a parameter's type from where it first stands in the text; where that says
    nothing, or something else than is meant, the text needs a cast: `%(name)s::bigint`.
    """

    def __init__(self, name: str, sql: str) -> None:
        places = _Placeholders()
        text = sql % places
        self.name = f"{name}_{next(_numbers)}"
        self.prepare = f"PREPARE {self.name} AS {text}"
        arguments = ", ".join("%s" for _ in places)
        self.execute = f"EXECUTE {self.name}" + (f" ({arguments})" if places else "")
        self._places = tuple(places)

    def run(self, cursor: CursorWrapper, parameters: Mapping[str, Any]) -> None:
        """Run it on a Django cursor; parameters that it lacks are ignored."""
        run_together(cursor, [self.with_(parameters)])

    def with_(self, parameters: Mapping[str, Any]) -> Call:
        """The statement with its parameters, for `run_together`."""
        return Call(self, [parameters[place] for place in self._places])


@dataclass(frozen=True, slots=True)
class Call:
    """A statement with its parameters, in the order in which it has them."""

    statement: Statement
    parameters: Sequence[Any]


def run_together(cursor: CursorWrapper, calls: Sequence[Call]) -> None:
    """Run several in one round trip, in order; the cursor holds the answer of the last.

    The one that fails ends the transaction, as if each had been sent alone.
    """
    known = _prepared.setdefault(cursor.cursor.connection, set())
    for call in calls:
        if call.statement.name not in known:
            _prepare(cursor, call.statement)
            known.add(call.statement.name)
    text = ";\n".join([call.statement.execute for call in calls])
    cursor.execute(text, [value for call in calls for value in call.parameters])


def _prepare(cursor: CursorWrapper, statement: Statement) -> None:
    # Not a query of the caller's: it would be counted and logged as one.
    with cursor.db.wrap_database_errors, cursor.cursor.connection.cursor() as bare:
        bare.execute(statement.prepare)


def run(calls: Sequence[Call]) -> None:
    """Run calls whose answers nobody needs, in one round trip."""
    if calls:
        with connection.cursor() as cursor:
            run_together(cursor, calls)
