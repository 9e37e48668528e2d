"""Other shares than a policy's for a category or a SKU."""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("kameng", "0017_price_history"),
    ]

    operations = [
        migrations.CreateModel(
            name="PolicyOverride",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "level_difference_share",
                    models.DecimalField(
                        decimal_places=4,
                        default=1,
                        max_digits=6,
                        verbose_name="share of the level difference",
                    ),
                ),
                (
                    "rate_1",
                    models.DecimalField(
                        decimal_places=4,
                        default=0,
                        max_digits=6,
                        verbose_name="1st generation's share",
                    ),
                ),
                (
                    "rate_2",
                    models.DecimalField(
                        decimal_places=4,
                        default=0,
                        max_digits=6,
                        verbose_name="2nd generation's share",
                    ),
                ),
                (
                    "rate_3",
                    models.DecimalField(
                        decimal_places=4,
                        default=0,
                        max_digits=6,
                        verbose_name="3rd generation's share",
                    ),
                ),
                (
                    "category",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalog.category",
                        verbose_name="category",
                    ),
                ),
                (
                    "policy",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="overrides",
                        to="kameng.commissionpolicy",
                        verbose_name="policy",
                    ),
                ),
                (
                    "sku",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalog.sku",
                        verbose_name="SKU",
                    ),
                ),
            ],
            options={
                "verbose_name": "exception for a category or SKU",
                "verbose_name_plural": "exceptions for categories and SKUs",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("policy", "category", "sku"),
                        name="override_once",
                        nulls_distinct=False,
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("category__isnull", True), ("sku__isnull", False)),
                            models.Q(("category__isnull", False), ("sku__isnull", True)),
                            _connector="OR",
                        ),
                        name="override_of_one_thing",
                        violation_error_message="Choose either a category or a SKU.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("level_difference_share__gte", 0),
                            ("level_difference_share__lte", 1),
                            ("rate_1__gte", 0),
                            ("rate_1__lte", 1),
                            ("rate_2__gte", 0),
                            ("rate_2__lte", 1),
                            ("rate_3__gte", 0),
                            ("rate_3__lte", 1),
                        ),
                        name="override_range",
                        violation_error_message="Each share is between 0 and 1.",
                    ),
                ],
            },
        ),
    ]
