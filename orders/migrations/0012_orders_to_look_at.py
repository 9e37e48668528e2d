"""An index of the few orders that wait for a person, for the back office's first page."""

from __future__ import annotations

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("orders", "0011_replacements_and_claims")]
    operations = [
        AddIndexConcurrently(
            model_name="order",
            index=models.Index(
                condition=models.Q(("needs_attention", True)),
                fields=["-id"],
                name="order_to_look_at",
            ),
        ),
    ]
