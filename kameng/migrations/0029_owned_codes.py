"""The codes that agents own, to be found again and marked as sold."""

from __future__ import annotations

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0003_withdrawn_cards"),
        ("kameng", "0028_forget_open_numbers"),
        ("orders", "0010_orders_that_people_look_for"),
    ]

    operations = [
        migrations.CreateModel(
            name="CodeShelf",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("up_to", models.BigIntegerField(default=0)),
                ("is_complete", models.BooleanField(default=False)),
                (
                    "agent",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="code_shelf",
                        to="kameng.agent",
                        verbose_name="agent",
                    ),
                ),
            ],
            options={
                "verbose_name": "shelf of codes",
                "verbose_name_plural": "shelves of codes",
            },
        ),
        migrations.CreateModel(
            name="OwnedCode",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("expires_on", models.DateField(blank=True, null=True, verbose_name="valid until")),
                (
                    "tags",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), size=None
                    ),
                ),
                ("bought_at", models.DateTimeField(verbose_name="bought")),
                ("sold_at", models.DateTimeField(blank=True, null=True, verbose_name="sold")),
                ("sold_to", models.CharField(blank=True, max_length=60, verbose_name="customer")),
                (
                    "sold_for",
                    models.DecimalField(
                        blank=True,
                        decimal_places=4,
                        max_digits=20,
                        null=True,
                        verbose_name="sold for",
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=200, verbose_name="note")),
                (
                    "agent",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="codes",
                        to="kameng.agent",
                        verbose_name="agent",
                    ),
                ),
                (
                    "card",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="owned",
                        to="catalog.card",
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="owned_codes",
                        to="orders.order",
                        verbose_name="order",
                    ),
                ),
                (
                    "sku",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalog.sku",
                        verbose_name="SKU",
                    ),
                ),
            ],
            options={
                "verbose_name": "owned code",
                "verbose_name_plural": "owned codes",
                "ordering": ["-id"],
            },
        ),
        migrations.AddIndex(
            model_name="ownedcode",
            index=models.Index(fields=["agent", "-id"], name="code_of_agent"),
        ),
        migrations.AddIndex(
            model_name="ownedcode",
            index=models.Index(
                condition=models.Q(("sold_at__isnull", True)),
                fields=["agent", "-id"],
                name="code_unsold",
            ),
        ),
        migrations.AddIndex(
            model_name="ownedcode",
            index=models.Index(
                condition=models.Q(("sold_at__isnull", False)),
                fields=["agent", "-sold_at"],
                name="code_sold",
            ),
        ),
        migrations.AddIndex(
            model_name="ownedcode",
            index=models.Index(
                condition=models.Q(("expires_on__isnull", False), ("sold_at__isnull", True)),
                fields=["agent", "expires_on"],
                name="code_expiring",
            ),
        ),
        migrations.AddIndex(
            model_name="ownedcode",
            index=models.Index(fields=["agent", "sku", "-id"], name="code_of_agent_by_sku"),
        ),
        migrations.AddIndex(
            model_name="ownedcode",
            index=django.contrib.postgres.indexes.GinIndex(fields=["tags"], name="code_by_tag"),
        ),
        migrations.AddConstraint(
            model_name="ownedcode",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("sold_at__isnull", False),
                    models.Q(
                        ("sold_at__isnull", True), ("sold_for__isnull", True), ("sold_to", "")
                    ),
                    _connector="OR",
                ),
                name="code_sold_with_its_facts",
            ),
        ),
        migrations.AddConstraint(
            model_name="ownedcode",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("sold_for__isnull", True), ("sold_for__gte", 0), _connector="OR"
                ),
                name="code_not_sold_below_nothing",
            ),
        ),
    ]
