"""Deposit handed down, and the rules for that."""

from __future__ import annotations

from decimal import Decimal

import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("kameng", "0013_sales_stay_exact"),
        ("ledger", "0007_deposit_transfers"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="TransferRules",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "is_open",
                    models.BooleanField(default=True, verbose_name="transfers are possible"),
                ),
                (
                    "levels",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        default=None,
                        help_text="How far below its own agent money may go; 1: direct only; empty: any level.",
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(50),
                        ],
                        verbose_name="levels below",
                    ),
                ),
                (
                    "minimum",
                    models.DecimalField(
                        decimal_places=2,
                        default=Decimal("10"),
                        max_digits=20,
                        validators=[django.core.validators.MinValueValidator(Decimal("0.01"))],
                        verbose_name="least amount",
                    ),
                ),
                (
                    "single_limit",
                    models.DecimalField(
                        decimal_places=2,
                        default=Decimal("50000"),
                        max_digits=20,
                        validators=[django.core.validators.MinValueValidator(Decimal("0.01"))],
                        verbose_name="one transfer at most",
                    ),
                ),
                (
                    "daily_limit",
                    models.DecimalField(
                        decimal_places=2,
                        default=Decimal("200000"),
                        help_text="Everything that one agent hands on in a day, to all agents together.",
                        max_digits=20,
                        validators=[django.core.validators.MinValueValidator(Decimal("0.01"))],
                        verbose_name="a day at most",
                    ),
                ),
            ],
            options={
                "verbose_name": "rules for transfers",
                "verbose_name_plural": "rules for transfers",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("id", 1)), name="transfer_rules_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("minimum__gt", 0),
                            ("single_limit__gte", models.F("minimum")),
                            ("daily_limit__gte", models.F("single_limit")),
                        ),
                        name="transfer_rules_fit",
                        violation_error_message="One transfer must allow the least amount, and a day must allow one transfer.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="DepositTransfer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "transfer_no",
                    models.CharField(max_length=32, unique=True, verbose_name="number"),
                ),
                ("levels_below", models.PositiveSmallIntegerField(verbose_name="levels below")),
                ("client_ref", models.CharField(max_length=64)),
                (
                    "amount",
                    models.DecimalField(decimal_places=2, max_digits=20, verbose_name="amount"),
                ),
                ("note", models.CharField(blank=True, max_length=100, verbose_name="note")),
                (
                    "status",
                    models.CharField(
                        choices=[("done", "arrived"), ("reversed", "taken back")],
                        default="done",
                        max_length=8,
                        verbose_name="status",
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="at")),
                (
                    "reversed_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="taken back"),
                ),
                (
                    "reversal_reason",
                    models.CharField(blank=True, max_length=200, verbose_name="reason"),
                ),
                (
                    "entry",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="ledger.entry",
                        verbose_name="journal entry",
                    ),
                ),
                (
                    "receiver",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="transfers_received",
                        to="kameng.agent",
                        verbose_name="to",
                    ),
                ),
                (
                    "reversed_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="taken back by",
                    ),
                ),
                (
                    "sender",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="transfers_sent",
                        to="kameng.agent",
                        verbose_name="from",
                    ),
                ),
            ],
            options={
                "verbose_name": "deposit transfer",
                "verbose_name_plural": "deposit transfers",
                "ordering": ["-id"],
                "indexes": [
                    models.Index(fields=["sender", "-id"], name="transfer_sent"),
                    models.Index(fields=["receiver", "-id"], name="transfer_received"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("sender", "client_ref"), name="transfer_client_ref_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("amount__gt", 0)), name="transfer_positive"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("sender", models.F("receiver")), _negated=True),
                        name="transfer_to_somebody_else",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("reversed_at__isnull", True), ("status", "done")),
                            models.Q(("reversed_at__isnull", False), ("status", "reversed")),
                            _connector="OR",
                        ),
                        name="transfer_reversed_is_dated",
                    ),
                ],
            },
        ),
    ]
