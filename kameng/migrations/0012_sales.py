"""Sales added up by agent, SKU and day, and by month."""

from __future__ import annotations

import django.core.validators
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0003_withdrawn_cards"),
        ("kameng", "0011_known_agents"),
        ("orders", "0009_order_by_finish"),
    ]

    operations = [
        migrations.CreateModel(
            name="EarnedCorrection",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "taken_back",
                    models.DecimalField(
                        decimal_places=4, default=0, max_digits=20, verbose_name="taken back"
                    ),
                ),
                (
                    "commission",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="kameng.commission",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="SalesCorrection",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "refunded",
                    models.DecimalField(
                        decimal_places=4, default=0, max_digits=20, verbose_name="refunded"
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orders.order",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="SalesUpTo",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("upto", models.DateTimeField()),
            ],
            options={
                "verbose_name": "sales are added up to",
                "verbose_name_plural": "sales are added up to",
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("id", 1)), name="sales_upto_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="EarnedDay",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("day", models.DateField(verbose_name="day")),
                (
                    "amount",
                    models.DecimalField(
                        decimal_places=4, default=0, max_digits=20, verbose_name="kept"
                    ),
                ),
                (
                    "agent",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="kameng.agent",
                    ),
                ),
                (
                    "buyer",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="kameng.agent",
                    ),
                ),
                (
                    "sku",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalog.sku",
                    ),
                ),
            ],
            options={
                "verbose_name": "commissions of a day",
                "verbose_name_plural": "commissions by day",
                "indexes": [
                    models.Index(fields=["agent", "buyer", "day"], name="earned_from_buyer")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("agent", "day", "buyer", "sku"), name="earned_day_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SalesDay",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "scope",
                    models.CharField(
                        choices=[("own", "own purchases"), ("below", "purchases below")],
                        max_length=5,
                        verbose_name="whose",
                    ),
                ),
                ("day", models.DateField(verbose_name="day")),
                ("orders", models.PositiveIntegerField(default=0, verbose_name="orders")),
                (
                    "quantity",
                    models.PositiveBigIntegerField(default=0, verbose_name="units delivered"),
                ),
                (
                    "sales",
                    models.DecimalField(
                        decimal_places=4, default=0, max_digits=20, verbose_name="ordered"
                    ),
                ),
                (
                    "refunds",
                    models.DecimalField(
                        decimal_places=4, default=0, max_digits=20, verbose_name="refunded"
                    ),
                ),
                (
                    "agent",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="kameng.agent",
                    ),
                ),
                (
                    "sku",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalog.sku",
                    ),
                ),
            ],
            options={
                "verbose_name": "sales of a day",
                "verbose_name_plural": "sales by day",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("agent", "scope", "day", "sku"), name="sales_day_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SalesMonth",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("month", models.DateField(verbose_name="month")),
                ("own_orders", models.PositiveIntegerField(default=0)),
                (
                    "own",
                    models.DecimalField(
                        decimal_places=4, default=0, max_digits=20, verbose_name="own purchases"
                    ),
                ),
                (
                    "below",
                    models.DecimalField(
                        decimal_places=4, default=0, max_digits=20, verbose_name="purchases below"
                    ),
                ),
                (
                    "agent",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="kameng.agent",
                    ),
                ),
            ],
            options={
                "verbose_name": "sales of a month",
                "verbose_name_plural": "sales by month",
                "indexes": [
                    models.Index(
                        fields=["month", "agent"], include=("own", "below"), name="sales_of_month"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("agent", "month"), name="sales_month_once")
                ],
            },
        ),
    ]
