"""Find the orders that ended in a period without reading all of them.

Rows lie in the order in which orders were placed, so a range of pages has a narrow range of ends: a
purchase pays a few bytes a page for it. Built beside running orders (CONCURRENTLY).
"""

from __future__ import annotations

import django.contrib.postgres.indexes
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("orders", "0008_unpaid_orders_change_their_funding"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="order",
            index=django.contrib.postgres.indexes.BrinIndex(
                autosummarize=True,
                fields=["finished_at"],
                name="order_by_finish",
                pages_per_range=16,
            ),
        ),
    ]
