"""Bank transfers of agents: our accounts, what is declared, its proofs and steps; the rules."""

from __future__ import annotations

from decimal import Decimal

import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("kameng", "0023_lists_of_numbers"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="BankDetails",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("bank", models.CharField(max_length=60, verbose_name="bank")),
                ("branch", models.CharField(blank=True, max_length=100, verbose_name="branch")),
                ("account_name", models.CharField(max_length=100, verbose_name="account name")),
                ("account_number", models.CharField(max_length=40, verbose_name="account number")),
                (
                    "currency",
                    models.CharField(
                        default="CNY", editable=False, max_length=8, verbose_name="currency"
                    ),
                ),
                (
                    "is_open",
                    models.BooleanField(
                        default=True,
                        help_text="Off: no new transfers to it. What was announced is still confirmed.",
                        verbose_name="shown to agents",
                    ),
                ),
                ("position", models.PositiveSmallIntegerField(default=0, verbose_name="position")),
                (
                    "note",
                    models.CharField(
                        blank=True,
                        help_text="For example when transfers arrive.",
                        max_length=200,
                        verbose_name="note for agents",
                    ),
                ),
            ],
            options={
                "verbose_name": "our bank account",
                "verbose_name_plural": "our bank accounts",
                "ordering": ["position", "id"],
                "constraints": [
                    models.UniqueConstraint(fields=("account_number",), name="bank_details_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="FundsRules",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "deposit_four_eyes_above",
                    models.DecimalField(
                        blank=True,
                        decimal_places=2,
                        default=Decimal("50000"),
                        help_text="A bank transfer above this is confirmed by two people. Empty: one is enough.",
                        max_digits=20,
                        null=True,
                        validators=[django.core.validators.MinValueValidator(Decimal("0"))],
                        verbose_name="deposits: two of staff above",
                    ),
                ),
                (
                    "withdrawal_four_eyes_above",
                    models.DecimalField(
                        blank=True,
                        decimal_places=2,
                        default=Decimal("20000"),
                        help_text="A withdrawal above this is approved by two people. Empty: one is enough.",
                        max_digits=20,
                        null=True,
                        validators=[django.core.validators.MinValueValidator(Decimal("0"))],
                        verbose_name="withdrawals: two of staff above",
                    ),
                ),
                (
                    "withdrawal_min",
                    models.DecimalField(
                        decimal_places=2,
                        default=Decimal("100"),
                        max_digits=20,
                        validators=[django.core.validators.MinValueValidator(Decimal("0.01"))],
                        verbose_name="least withdrawal",
                    ),
                ),
                (
                    "withdrawal_daily_limit",
                    models.DecimalField(
                        blank=True,
                        decimal_places=2,
                        default=Decimal("500000"),
                        help_text="Of one agent, fees included. Empty: no limit.",
                        max_digits=20,
                        null=True,
                        validators=[django.core.validators.MinValueValidator(Decimal("0"))],
                        verbose_name="withdrawals a day at most",
                    ),
                ),
                (
                    "fee_fixed",
                    models.DecimalField(
                        decimal_places=2,
                        default=Decimal("0"),
                        max_digits=20,
                        validators=[django.core.validators.MinValueValidator(Decimal("0"))],
                        verbose_name="fee: fixed part",
                    ),
                ),
                (
                    "fee_percent",
                    models.DecimalField(
                        decimal_places=3,
                        default=Decimal("0.1"),
                        max_digits=6,
                        validators=[
                            django.core.validators.MinValueValidator(Decimal("0")),
                            django.core.validators.MaxValueValidator(Decimal("50")),
                        ],
                        verbose_name="fee: percent of the amount",
                    ),
                ),
                (
                    "fee_min",
                    models.DecimalField(
                        decimal_places=2,
                        default=Decimal("2"),
                        max_digits=20,
                        validators=[django.core.validators.MinValueValidator(Decimal("0"))],
                        verbose_name="fee at least",
                    ),
                ),
                (
                    "fee_max",
                    models.DecimalField(
                        blank=True,
                        decimal_places=2,
                        default=Decimal("50"),
                        help_text="Empty: no upper bound.",
                        max_digits=20,
                        null=True,
                        validators=[django.core.validators.MinValueValidator(Decimal("0"))],
                        verbose_name="fee at most",
                    ),
                ),
                (
                    "account_cooling_hours",
                    models.PositiveSmallIntegerField(
                        default=24,
                        help_text="How long after its check a changed bank account can't be paid to. The first account of an agent doesn't wait.",
                        validators=[django.core.validators.MaxValueValidator(720)],
                        verbose_name="new bank account waits (hours)",
                    ),
                ),
            ],
            options={
                "verbose_name": "rules for deposits and withdrawals",
                "verbose_name_plural": "rules for deposits and withdrawals",
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("id", 1)), name="funds_rules_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("fee_fixed__gte", 0),
                            ("fee_min__gte", 0),
                            ("fee_percent__gte", 0),
                            ("fee_percent__lte", 50),
                            ("withdrawal_min__gt", 0),
                        ),
                        name="funds_rules_not_negative",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("fee_max__isnull", True),
                            ("fee_max__gte", models.F("fee_min")),
                            _connector="OR",
                        ),
                        name="funds_fee_max_at_least_min",
                        violation_error_message="The highest fee is below the lowest one.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("withdrawal_daily_limit__isnull", True),
                            ("withdrawal_daily_limit__gte", models.F("withdrawal_min")),
                            _connector="OR",
                        ),
                        name="funds_day_allows_one",
                        violation_error_message="A day must allow the least withdrawal.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="OfflineDeposit",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("deposit_no", models.CharField(max_length=32, unique=True, verbose_name="number")),
                (
                    "reference",
                    models.CharField(max_length=12, unique=True, verbose_name="transfer reference"),
                ),
                (
                    "amount",
                    models.DecimalField(
                        decimal_places=4, max_digits=20, verbose_name="amount declared"
                    ),
                ),
                ("payer_name", models.CharField(blank=True, max_length=100, verbose_name="payer")),
                ("paid_on", models.DateField(blank=True, null=True, verbose_name="transferred on")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("announced", "waiting for your transfer"),
                            ("submitted", "being checked"),
                            ("correction", "please correct"),
                            ("checked", "second check"),
                            ("confirmed", "in your balance"),
                            ("refused", "refused"),
                            ("cancelled", "cancelled by you"),
                            ("reversed", "taken back"),
                        ],
                        default="announced",
                        max_length=12,
                        verbose_name="status",
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=300, verbose_name="reason")),
                (
                    "received_amount",
                    models.DecimalField(
                        blank=True,
                        decimal_places=4,
                        max_digits=20,
                        null=True,
                        verbose_name="amount received",
                    ),
                ),
                (
                    "bank_txn_no",
                    models.CharField(
                        blank=True, max_length=64, verbose_name="bank's transaction number"
                    ),
                ),
                (
                    "needs_second",
                    models.BooleanField(default=False, verbose_name="two people confirm"),
                ),
                (
                    "confirmed_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="confirmed"),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="announced")),
                (
                    "submitted_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="declared"),
                ),
                (
                    "agent",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="offline_deposits",
                        to="kameng.agent",
                        verbose_name="agent",
                    ),
                ),
                (
                    "bank",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="deposits",
                        to="kameng.bankdetails",
                        verbose_name="our account",
                    ),
                ),
                (
                    "confirmed_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="confirmed by",
                    ),
                ),
                (
                    "first_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="found by",
                    ),
                ),
            ],
            options={
                "verbose_name": "bank transfer",
                "verbose_name_plural": "bank transfers",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="DepositProof",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("file", models.FileField(upload_to="deposits/%Y/%m", verbose_name="proof")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="sent")),
                (
                    "deposit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="proofs",
                        to="kameng.offlinedeposit",
                        verbose_name="bank transfer",
                    ),
                ),
            ],
            options={
                "verbose_name": "proof of a transfer",
                "verbose_name_plural": "proofs of transfers",
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="DepositEvent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("status", models.CharField(max_length=12, verbose_name="status")),
                ("note", models.CharField(blank=True, max_length=300, verbose_name="note")),
                ("at", models.DateTimeField(auto_now_add=True, verbose_name="at")),
                (
                    "actor",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="by",
                    ),
                ),
                (
                    "deposit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="events",
                        to="kameng.offlinedeposit",
                        verbose_name="bank transfer",
                    ),
                ),
            ],
            options={
                "verbose_name": "step of a bank transfer",
                "verbose_name_plural": "steps of a bank transfer",
                "ordering": ["id"],
                "abstract": False,
            },
        ),
        migrations.AddIndex(
            model_name="offlinedeposit",
            index=models.Index(fields=["agent", "-id"], name="offline_deposit_of_agent"),
        ),
        migrations.AddIndex(
            model_name="offlinedeposit",
            index=models.Index(
                condition=models.Q(("status__in", ("submitted", "checked"))),
                fields=["submitted_at"],
                name="offline_deposit_waits",
            ),
        ),
        migrations.AddConstraint(
            model_name="offlinedeposit",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount__gt", 0)), name="offline_deposit_positive"
            ),
        ),
        migrations.AddConstraint(
            model_name="offlinedeposit",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status__in", ("checked", "confirmed"))),
                fields=("bank", "bank_txn_no"),
                name="bank_transfer_booked_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="offlinedeposit",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("status__in", ("checked", "confirmed", "reversed")),
                        ("first_by__isnull", False),
                        ("received_amount__gt", 0),
                        models.Q(("bank_txn_no", ""), _negated=True),
                    ),
                    models.Q(
                        models.Q(
                            ("status__in", ("checked", "confirmed", "reversed")), _negated=True
                        ),
                        ("bank_txn_no", ""),
                        ("first_by__isnull", True),
                        ("received_amount__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="offline_deposit_was_found",
            ),
        ),
        migrations.AddConstraint(
            model_name="offlinedeposit",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("confirmed_at__isnull", False),
                        ("confirmed_by__isnull", False),
                        ("status__in", ("confirmed", "reversed")),
                    ),
                    models.Q(
                        models.Q(("status__in", ("confirmed", "reversed")), _negated=True),
                        ("confirmed_at__isnull", True),
                        ("confirmed_by__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="offline_deposit_was_confirmed",
            ),
        ),
        migrations.AddConstraint(
            model_name="offlinedeposit",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("needs_second", False),
                    ("confirmed_by__isnull", True),
                    models.Q(("confirmed_by", models.F("first_by")), _negated=True),
                    _connector="OR",
                ),
                name="offline_deposit_four_eyes",
            ),
        ),
    ]
