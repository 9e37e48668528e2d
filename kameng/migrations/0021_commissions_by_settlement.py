"""What one settlement paid is found by its reference; made without holding orders up."""

from __future__ import annotations

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("kameng", "0020_settlements"),
    ]
    operations = [
        AddIndexConcurrently(
            model_name="commission",
            index=models.Index(
                condition=models.Q(("settlement_reference", ""), _negated=True),
                fields=["settlement_reference"],
                name="commission_of_settlement",
            ),
        ),
    ]
