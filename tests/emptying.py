"""Pytest plugin: emptying the database after a test with real transactions, quickly.

Django truncates all tables and makes content types and permissions anew: a quarter of a second for
each of hundreds of tests. Here the few tables that hold rows are emptied, and content types and
permissions, which no test changes, stay. Triggers that refuse deletion don't fire meanwhile: the
user of the test server may say so.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction
from django.db.migrations.recorder import MigrationRecorder
from django.test import TransactionTestCase

KEPT = {model._meta.db_table for model in (ContentType, Permission, MigrationRecorder.Migration)}


@pytest.fixture(scope="session", autouse=True)
def _quick_emptying() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda self: empty_database())
        yield


def empty_database() -> None:
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        tables = [
            connection.ops.quote_name(name)
            for name in connection.introspection.table_names(cursor)
            if name not in KEPT
        ]
        cursor.execute(
            " UNION ALL ".join(
                f"SELECT '{name}' WHERE EXISTS (SELECT FROM {name})" for name in tables
            )
        )
        with_rows = [name for (name,) in cursor.fetchall()]
        if with_rows:
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute("; ".join(f"DELETE FROM {name}" for name in with_rows))
