"""Moving what is sealed under an old key to the first of `settings.CARD_KEYS`.

Every column with sealed values is named in `settings.SEALED_COLUMNS`, so that none is forgotten
when an old key is dropped.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils.module_loading import import_string

from catalog.sealing import CARD_CONTEXT
from database.sealing import (
    KEY_ID_BYTES,
    SealBroken,
    SealedColumn,
    current_key_id,
    seal,
    unseal,
)

BATCH_SIZE = 2000
MAX_BROKEN_KEPT = 100


CARDS = SealedColumn(
    table="catalog_card",
    column="sealed",
    context_column="fingerprint",
    context=lambda mark: CARD_CONTEXT + bytes(mark),
)


@dataclass(slots=True)
class Resealed:
    """How far a column has come. `broken` are keys of rows that can't be unsealed, left as is."""

    last_id: int = 0
    resealed_count: int = 0
    broken_count: int = 0
    broken: list[int] = field(default_factory=list)


def sealed_columns() -> list[SealedColumn]:
    return [import_string(path) for path in settings.SEALED_COLUMNS]


def reseal(column: SealedColumn, *, batch_size: int = BATCH_SIZE) -> Iterator[Resealed]:
    """Re-seal a column under the first key, a batch and a transaction at a time.

    Yields after each batch. Safe to stop and to repeat: what is under the first key already is
    passed over. Locks the rows of one batch; memory doesn't grow with the table.
    """
    progress = Resealed()
    while _reseal_batch(column, progress, batch_size):
        yield progress
    yield progress


@transaction.atomic
def _reseal_batch(column: SealedColumn, progress: Resealed, batch_size: int) -> bool:
    """One batch after `progress.last_id`; False when there is none."""
    new: list[tuple[int, bytes]] = []
    rows = _old_rows(column, progress.last_id, batch_size)
    for row_id, context_value, sealed in rows:
        context = column.context(context_value)
        try:
            new.append((row_id, seal(unseal(sealed, context=context), context=context)))
        except SealBroken:
            progress.broken_count += 1
            progress.broken += [row_id][: MAX_BROKEN_KEPT - len(progress.broken)]
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {column.table} AS old SET {column.column} = new.sealed"
            " FROM unnest(%s::bigint[], %s::bytea[]) AS new (id, sealed) WHERE old.id = new.id",
            [[row_id for row_id, _ in new], [sealed for _, sealed in new]],
        )
    progress.resealed_count += len(new)
    progress.last_id = rows[-1][0] if rows else progress.last_id
    return bool(rows)


def _old_rows(column: SealedColumn, after_id: int, limit: int) -> list[tuple[int, Any, memoryview]]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id, {column.context_column}, {column.column} FROM {column.table}"
            f" WHERE id > %s AND {column.column} IS NOT NULL"
            f" AND substring({column.column} FROM 1 FOR {KEY_ID_BYTES}) <> %s"
            " ORDER BY id LIMIT %s FOR NO KEY UPDATE",
            [after_id, current_key_id(), limit],
        )
        rows: list[tuple[int, Any, memoryview]] = cursor.fetchall()
    return rows
