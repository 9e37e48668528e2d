"""A row for each buyer with a daily or monthly limit: what was ordered in it so far."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0006_attempts_due"),
    ]

    operations = [
        migrations.CreateModel(
            name="Spending",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "channel",
                    models.CharField(
                        choices=[
                            ("wholesale", "wholesale"),
                            ("retail", "retail"),
                            ("sandbox", "sandbox"),
                        ],
                        max_length=12,
                    ),
                ),
                ("buyer_key", models.CharField(max_length=48)),
                ("day", models.DateField()),
                ("day_amount", models.DecimalField(decimal_places=4, max_digits=20)),
                ("month_amount", models.DecimalField(decimal_places=4, max_digits=20)),
                ("day_limit", models.DecimalField(decimal_places=4, max_digits=20, null=True)),
                ("month_limit", models.DecimalField(decimal_places=4, max_digits=20, null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("channel", "buyer_key"), name="spending_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("day_limit__isnull", True),
                            ("day_amount__lte", models.F("day_limit")),
                            _connector="OR",
                        ),
                        name="spending_within_day",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("month_limit__isnull", True),
                            ("month_amount__lte", models.F("month_limit")),
                            _connector="OR",
                        ),
                        name="spending_within_month",
                    ),
                ],
            },
        ),
    ]
