"""Which suppliers get the orders of the sandbox."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("suppliers", "0004_call_limits"),
    ]

    operations = [
        migrations.AddField(
            model_name="supplier",
            name="is_sandbox",
            field=models.BooleanField(default=False, verbose_name="sandbox"),
        ),
    ]
