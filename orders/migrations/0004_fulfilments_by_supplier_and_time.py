"""Find a supplier's latest attempts, and those of the last day, without reading all of them.

Built beside running orders (CONCURRENTLY); the plain index of the supplier is then contained in the
new one and goes.
"""

from __future__ import annotations

import django.contrib.postgres.indexes
import django.db.models.deletion
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("orders", "0003_sandbox_channel"),
        ("suppliers", "0005_sandbox_suppliers"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="fulfilment",
            index=models.Index(fields=["supplier", "-id"], name="fulfilment_of_supplier"),
        ),
        AddIndexConcurrently(
            model_name="fulfilment",
            index=django.contrib.postgres.indexes.BrinIndex(
                autosummarize=True, fields=["created_at"], name="fulfilment_by_time"
            ),
        ),
        migrations.AlterField(
            model_name="fulfilment",
            name="supplier",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="fulfilments",
                to="suppliers.supplier",
            ),
        ),
    ]
