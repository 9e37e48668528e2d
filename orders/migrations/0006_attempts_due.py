"""Indexes of attempts that are due, to be decided by a person, or late: built beside the traffic."""

from __future__ import annotations

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("orders", "0005_attempts_at_units")]
    operations = [
        AddIndexConcurrently(
            model_name="fulfilment",
            index=models.Index(
                condition=models.Q(("due_at__isnull", False)),
                fields=["supplier", "is_slow", "due_at"],
                name="fulfilment_due",
            ),
        ),
        AddIndexConcurrently(
            model_name="fulfilment",
            index=models.Index(
                condition=models.Q(("needs_decision", True)),
                fields=["-id"],
                name="fulfilment_to_decide",
            ),
        ),
        AddIndexConcurrently(
            model_name="fulfilment",
            index=models.Index(
                condition=models.Q(("late_success_at__isnull", False)),
                fields=["-late_success_at"],
                name="fulfilment_late_success",
            ),
        ),
    ]
