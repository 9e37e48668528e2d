"""Changes of prices that hold together, and the history of every price."""

from __future__ import annotations

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0003_withdrawn_cards"),
        ("kameng", "0015_markups_by_category"),
        ("users", "__first__"),
    ]

    operations = [
        migrations.CreateModel(
            name="PriceChangeSet",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("draft", "not saved yet"),
                            ("scheduled", "scheduled"),
                            ("applied", "in force"),
                            ("refused", "refused when due"),
                            ("discarded", "discarded"),
                        ],
                        default="draft",
                        max_length=10,
                        verbose_name="status",
                    ),
                ),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("grid", "price table"),
                            ("file", "file"),
                            ("form", "form"),
                            ("upline", "upline"),
                        ],
                        max_length=8,
                        verbose_name="entered by",
                    ),
                ),
                ("items", models.JSONField(default=list, verbose_name="changes")),
                (
                    "problems",
                    models.JSONField(blank=True, default=list, verbose_name="what it would break"),
                ),
                ("reason", models.CharField(blank=True, max_length=200, verbose_name="reason")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="entered")),
                (
                    "effective_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="in force from"),
                ),
                ("finished_at", models.DateTimeField(blank=True, null=True, verbose_name="done")),
                (
                    "actor",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="by",
                    ),
                ),
            ],
            options={
                "verbose_name": "price change",
                "verbose_name_plural": "price changes",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="PriceChange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), verbose_name="time"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("list", "list price"),
                            ("tier_price", "tier price"),
                            ("tier_discount", "tier discount"),
                            ("contract", "contract price"),
                            ("markup", "downline markup"),
                            ("tier", "an agent's tier"),
                            ("upline", "an agent's upline"),
                        ],
                        max_length=14,
                        verbose_name="what",
                    ),
                ),
                ("row_id", models.BigIntegerField()),
                (
                    "old_value",
                    models.DecimalField(
                        decimal_places=4, max_digits=20, null=True, verbose_name="before"
                    ),
                ),
                (
                    "new_value",
                    models.DecimalField(
                        decimal_places=4, max_digits=20, null=True, verbose_name="after"
                    ),
                ),
                ("old_from", models.DateTimeField(null=True)),
                ("old_until", models.DateTimeField(null=True)),
                ("new_from", models.DateTimeField(null=True)),
                ("new_until", models.DateTimeField(null=True)),
                ("old_ref", models.BigIntegerField(null=True)),
                ("new_ref", models.BigIntegerField(null=True)),
                (
                    "actor",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="by",
                    ),
                ),
                (
                    "agent",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="kameng.agent",
                        verbose_name="agent",
                    ),
                ),
                (
                    "category",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="catalog.category",
                        verbose_name="category",
                    ),
                ),
                (
                    "sku",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="catalog.sku",
                        verbose_name="SKU",
                    ),
                ),
                (
                    "tier",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="kameng.tier",
                        verbose_name="tier",
                    ),
                ),
                (
                    "change_set",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="changes",
                        to="kameng.pricechangeset",
                        verbose_name="price change",
                    ),
                ),
            ],
            options={
                "verbose_name": "price history",
                "verbose_name_plural": "price history",
                "ordering": ["-id"],
            },
        ),
        migrations.AddIndex(
            model_name="pricechangeset",
            index=models.Index(
                condition=models.Q(("status", "scheduled")),
                fields=["effective_at"],
                name="change_set_due",
            ),
        ),
        migrations.AddConstraint(
            model_name="pricechangeset",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status", "scheduled"), _negated=True),
                    ("effective_at__isnull", False),
                    _connector="OR",
                ),
                name="scheduled_change_has_a_date",
            ),
        ),
        migrations.AddIndex(
            model_name="pricechange",
            index=models.Index(fields=["sku", "-id"], name="price_change_of_sku"),
        ),
        migrations.AddIndex(
            model_name="pricechange",
            index=models.Index(
                condition=models.Q(("agent__isnull", False)),
                fields=["agent", "-id"],
                name="price_change_of_agent",
            ),
        ),
        migrations.AddIndex(
            model_name="pricechange",
            index=models.Index(
                condition=models.Q(("sku__isnull", True)),
                fields=["-id"],
                name="price_change_of_many",
            ),
        ),
    ]
