"""Batches of settlements, what each agent got, and who is held back."""

from __future__ import annotations

import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("kameng", "0019_policies_know_their_transaction"),
    ]

    operations = [
        migrations.CreateModel(
            name="SettlementBatch",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("until", models.DateTimeField(verbose_name="due until")),
                ("started_at", models.DateTimeField(auto_now_add=True, verbose_name="begun")),
                (
                    "finished_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="finished"),
                ),
            ],
            options={
                "verbose_name": "settlement batch",
                "verbose_name_plural": "settlement batches",
                "ordering": ["-id"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("finished_at__isnull", True)),
                        fields=("finished_at",),
                        name="one_open_settlement_batch",
                        nulls_distinct=False,
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Settlement",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "reference",
                    models.CharField(max_length=100, unique=True, verbose_name="reference"),
                ),
                ("row_count", models.PositiveIntegerField(verbose_name="commissions")),
                (
                    "earned",
                    models.DecimalField(decimal_places=4, max_digits=20, verbose_name="earned"),
                ),
                (
                    "netted",
                    models.DecimalField(
                        decimal_places=4, default=0, max_digits=20, verbose_name="netted"
                    ),
                ),
                (
                    "amount",
                    models.DecimalField(decimal_places=4, max_digits=20, verbose_name="paid out"),
                ),
                ("first_at", models.DateTimeField(verbose_name="from")),
                ("last_at", models.DateTimeField(verbose_name="until")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="paid out at")),
                (
                    "agent",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="settlements",
                        to="kameng.agent",
                        verbose_name="agent",
                    ),
                ),
                (
                    "batch",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="settlements",
                        to="kameng.settlementbatch",
                        verbose_name="batch",
                    ),
                ),
            ],
            options={
                "verbose_name": "settlement",
                "verbose_name_plural": "settlements",
                "ordering": ["-id"],
                "indexes": [models.Index(fields=["agent", "-id"], name="settlement_of_agent")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "amount",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("earned"), "-", models.F("netted")
                                ),
                            ),
                            ("amount__gt", 0),
                            ("netted__gte", 0),
                        ),
                        name="settlement_adds_up",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SettlementHold",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("reason", models.CharField(max_length=200, verbose_name="reason")),
                ("held_at", models.DateTimeField(auto_now_add=True, verbose_name="held")),
                (
                    "released_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="released"),
                ),
                (
                    "release_reason",
                    models.CharField(blank=True, max_length=200, verbose_name="reason for release"),
                ),
                (
                    "agent",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="settlement_holds",
                        to="kameng.agent",
                        verbose_name="agent",
                    ),
                ),
                (
                    "held_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="held by",
                    ),
                ),
                (
                    "released_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="released by",
                    ),
                ),
            ],
            options={
                "verbose_name": "hold",
                "verbose_name_plural": "holds",
                "ordering": ["-id"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("released_at__isnull", True)),
                        fields=("agent",),
                        name="one_open_settlement_hold",
                    )
                ],
            },
        ),
    ]
