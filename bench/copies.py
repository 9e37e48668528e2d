"""Many rows like one: lists as long as they become, of what moves no money."""

from __future__ import annotations

from django.db import connection
from django.db.models import Model


def copy(one: Model, count: int, **different: str) -> int:
    """Add `count` copies of a stored row; return the key that they count from (key + k, k = 1…).

    `different` are SQL expressions of k (the number of the copy) and %(row)s (the row's key) for
    columns that must differ. The order of the keys is that of the numbers.
    """
    table = one._meta.db_table
    columns = [
        field.column
        for field in one._meta.concrete_fields
        if field.column is not None and not field.primary_key
    ]
    chosen = ", ".join(different.get(name, f'original."{name}"') for name in columns)
    names = ", ".join(f'"{name}"' for name in columns)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_serial_sequence(%s, 'id')", [table])
        sequence = cursor.fetchone()[0]
        cursor.execute("SELECT nextval(%s)", [sequence])
        base: int = cursor.fetchone()[0]
        cursor.execute(
            f"INSERT INTO {table} (id, {names}) SELECT {base} + k, {chosen}"
            f" FROM {table} original CROSS JOIN generate_series(1, %(count)s) AS k"
            " WHERE original.id = %(row)s ORDER BY k",
            {"row": one.pk, "count": count},
        )
        cursor.execute("SELECT setval(%s, %s)", [sequence, base + count])
    return base


def lines_of_batches(short: Model) -> None:
    """Give the copies of a list of numbers (those without lines) the lines of the original."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO kameng_batchline
                (batch_id, place, client_ref, asked, order_id, problem, note, attempts)
            SELECT bare.id, line.place, line.client_ref || '-' || bare.id, line.asked, NULL,
                   line.problem, line.note, line.attempts
            FROM kameng_batch bare CROSS JOIN kameng_batchline line
            WHERE line.batch_id = %(short)s AND bare.batch_ref LIKE 'desk-copy-%%'
                AND bare.agent_id = (SELECT agent_id FROM kameng_batch WHERE id = %(short)s)""",
            {"short": short.pk},
        )


def settlements() -> None:
    """The settlements that the seeded commissions say they were paid out by."""
    with connection.cursor() as cursor:
        cursor.execute("""
            INSERT INTO kameng_settlement (batch_id, agent_id, reference, row_count, earned, netted,
                amount, total_after, first_at, last_at, created_at)
            SELECT NULL, agent_id, settlement_reference, rows, earned, 0, earned,
                   sum(earned) OVER (PARTITION BY agent_id ORDER BY settled_at), first_at, last_at,
                   settled_at
            FROM (SELECT agent_id, settlement_reference, settled_at, count(*) AS rows,
                         sum(amount) AS earned, min(created_at) AS first_at,
                         max(created_at) AS last_at
                  FROM kameng_commission WHERE status = 'settled' AND amount > 0
                  GROUP BY agent_id, settlement_reference, settled_at) AS paid
            ORDER BY settled_at, agent_id""")
