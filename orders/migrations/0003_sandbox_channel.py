"""Orders of the sandbox have a channel of their own."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0002_order_rules"),
    ]

    operations = [
        migrations.AlterField(
            model_name="order",
            name="channel",
            field=models.CharField(
                choices=[("wholesale", "wholesale"), ("retail", "retail"), ("sandbox", "sandbox")],
                max_length=12,
                verbose_name="channel",
            ),
        ),
    ]
