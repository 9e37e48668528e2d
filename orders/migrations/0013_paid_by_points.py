"""Orders may be paid by points alone."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0012_orders_to_look_at"),
    ]

    operations = [
        migrations.AlterField(
            model_name="order",
            name="funding",
            field=models.CharField(
                choices=[
                    ("wallet", "wallet"),
                    ("gateway", "payment gateway"),
                    ("points", "points"),
                ],
                max_length=8,
                verbose_name="paid from",
            ),
        ),
        migrations.AlterField(
            model_name="refund",
            name="destination",
            field=models.CharField(
                choices=[
                    ("wallet", "wallet"),
                    ("gateway", "payment gateway"),
                    ("points", "points"),
                ],
                max_length=8,
                verbose_name="to",
            ),
        ),
    ]
