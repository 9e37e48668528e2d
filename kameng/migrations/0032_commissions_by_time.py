"""An agent's commissions are read by time, for days and months; made without holding orders up."""

from __future__ import annotations

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("kameng", "0031_settlement_totals"),
    ]
    operations = [
        AddIndexConcurrently(
            model_name="commission",
            index=models.Index(
                fields=["agent", "-created_at", "-id"], name="commission_of_agent_by_time"
            ),
        ),
        RemoveIndexConcurrently(model_name="commission", name="commission_of_agent"),
    ]
