"""Goods for points: what staff offer, and which orders took it."""

from __future__ import annotations

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0003_withdrawn_cards"),
        ("kalegou", "0012_code_mails"),
    ]

    operations = [
        migrations.CreateModel(
            name="ExchangeItem",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("points", models.PositiveIntegerField(verbose_name="points for one")),
                (
                    "most",
                    models.PositiveIntegerField(
                        blank=True,
                        help_text="The most in all; empty: no limit.",
                        null=True,
                        verbose_name="units",
                    ),
                ),
                (
                    "per_member",
                    models.PositiveIntegerField(
                        blank=True,
                        help_text="Empty: no limit.",
                        null=True,
                        verbose_name="units for one member",
                    ),
                ),
                ("is_open", models.BooleanField(default=True, verbose_name="open")),
                (
                    "starts_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="from"),
                ),
                ("ends_at", models.DateTimeField(blank=True, null=True, verbose_name="until")),
                ("position", models.PositiveSmallIntegerField(default=0, verbose_name="position")),
                ("taken", models.PositiveIntegerField(default=0, verbose_name="taken")),
                (
                    "sku",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalog.sku",
                        verbose_name="SKU",
                    ),
                ),
            ],
            options={
                "verbose_name": "goods for points",
                "verbose_name_plural": "exchange shop",
                "ordering": ["position", "id"],
            },
        ),
        migrations.CreateModel(
            name="ExchangeUse",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("order_no", models.CharField(max_length=32, unique=True, verbose_name="order")),
                ("points", models.PositiveIntegerField(verbose_name="points")),
                ("quantity", models.PositiveIntegerField(verbose_name="units")),
                (
                    "used_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="at"),
                ),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="uses",
                        to="kalegou.exchangeitem",
                        verbose_name="goods for points",
                    ),
                ),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="exchanges",
                        to="kalegou.member",
                        verbose_name="member",
                    ),
                ),
            ],
            options={
                "verbose_name": "exchange",
                "verbose_name_plural": "exchanges",
                "ordering": ["-id"],
            },
        ),
        migrations.AddConstraint(
            model_name="exchangeitem",
            constraint=models.UniqueConstraint(
                condition=models.Q(("is_open", True)),
                fields=("sku",),
                name="exchange_once_a_sku",
                violation_error_message="This SKU is in the exchange shop already.",
            ),
        ),
        migrations.AddConstraint(
            model_name="exchangeitem",
            constraint=models.CheckConstraint(
                condition=models.Q(("points__gte", 1)), name="exchange_costs_points"
            ),
        ),
        migrations.AddConstraint(
            model_name="exchangeitem",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("most__isnull", True), ("taken__lte", models.F("most")), _connector="OR"
                ),
                name="exchange_within_units",
            ),
        ),
        migrations.AddConstraint(
            model_name="exchangeitem",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("ends_at__isnull", True),
                    ("ends_at__gt", models.F("starts_at")),
                    _connector="OR",
                ),
                name="exchange_dates",
                violation_error_message="The end is before the beginning.",
            ),
        ),
        migrations.AddIndex(
            model_name="exchangeuse",
            index=models.Index(fields=["item", "member"], name="exchanges_by_member"),
        ),
    ]
