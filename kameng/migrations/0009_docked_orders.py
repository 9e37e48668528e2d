"""Orders of docked shops."""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("kameng", "0008_webhooks"),
        ("orders", "0007_spending"),
    ]

    operations = [
        migrations.CreateModel(
            name="DockedOrder",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "downstream_order_no",
                    models.CharField(blank=True, max_length=200, verbose_name="their number"),
                ),
                (
                    "trace_id",
                    models.CharField(blank=True, max_length=200, verbose_name="their trace"),
                ),
                (
                    "order",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="docked",
                        to="orders.order",
                        verbose_name="order",
                    ),
                ),
            ],
            options={
                "verbose_name": "docked order",
                "verbose_name_plural": "docked orders",
            },
        ),
    ]
