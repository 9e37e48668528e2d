"""Bank accounts of agents, withdrawals, and their steps."""

from __future__ import annotations

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("kameng", "0034_announcements_and_marketing"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="FinanceDesk",
            fields=[],
            options={
                "verbose_name": "finance desk",
                "verbose_name_plural": "finance desk",
                "proxy": True,
                "indexes": [],
                "constraints": [],
            },
            bases=("kameng.fundsrules",),
        ),
        migrations.CreateModel(
            name="PayoutAccount",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.CharField(editable=False, max_length=32, unique=True)),
                ("bank", models.CharField(max_length=60, verbose_name="bank")),
                ("branch", models.CharField(blank=True, max_length=100, verbose_name="branch")),
                ("holder", models.CharField(max_length=100, verbose_name="account holder")),
                ("sealed_number", models.BinaryField()),
                ("number_mark", models.BinaryField()),
                ("number_tail", models.CharField(max_length=4, verbose_name="last digits")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("pending", "under review"),
                            ("verified", "verified"),
                            ("refused", "refused"),
                            ("removed", "removed"),
                        ],
                        default="pending",
                        max_length=10,
                        verbose_name="status",
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=300, verbose_name="reason")),
                (
                    "verified_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="verified at"),
                ),
                (
                    "usable_from",
                    models.DateTimeField(blank=True, null=True, verbose_name="usable from"),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="added")),
                (
                    "agent",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="payout_accounts",
                        to="kameng.agent",
                        verbose_name="agent",
                    ),
                ),
                (
                    "checked_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="checked by",
                    ),
                ),
            ],
            options={
                "verbose_name": "agent's bank account",
                "verbose_name_plural": "agents' bank accounts",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="AccountPaper",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "file",
                    models.FileField(upload_to="payout-accounts/%Y/%m", verbose_name="evidence"),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="sent")),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="papers",
                        to="kameng.payoutaccount",
                        verbose_name="bank account",
                    ),
                ),
            ],
            options={
                "verbose_name": "evidence of a bank account",
                "verbose_name_plural": "evidence of bank accounts",
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="Withdrawal",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "withdrawal_no",
                    models.CharField(max_length=32, unique=True, verbose_name="number"),
                ),
                ("client_ref", models.CharField(max_length=64, verbose_name="reference")),
                (
                    "amount",
                    models.DecimalField(decimal_places=4, max_digits=20, verbose_name="amount"),
                ),
                ("fee", models.DecimalField(decimal_places=4, max_digits=20, verbose_name="fee")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("requested", "under review"),
                            ("checked", "second check"),
                            ("approved", "approved, on its way"),
                            ("paid", "paid"),
                            ("refused", "refused"),
                            ("cancelled", "cancelled by you"),
                            ("failed", "couldn't be paid"),
                            ("returned", "came back from the bank"),
                        ],
                        default="requested",
                        max_length=12,
                        verbose_name="status",
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=300, verbose_name="reason")),
                (
                    "needs_second",
                    models.BooleanField(default=False, verbose_name="two people approve"),
                ),
                (
                    "bank_txn_no",
                    models.CharField(
                        blank=True, max_length=64, verbose_name="bank's transaction number"
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="asked")),
                (
                    "approved_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="approved"),
                ),
                ("paid_at", models.DateTimeField(blank=True, null=True, verbose_name="paid at")),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="withdrawals",
                        to="kameng.payoutaccount",
                        verbose_name="bank account",
                    ),
                ),
                (
                    "agent",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="withdrawals",
                        to="kameng.agent",
                        verbose_name="agent",
                    ),
                ),
                (
                    "approved_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="approved by",
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
                        verbose_name="first approved by",
                    ),
                ),
            ],
            options={
                "verbose_name": "withdrawal",
                "verbose_name_plural": "withdrawals",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="WithdrawalEvent",
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
                    "withdrawal",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="events",
                        to="kameng.withdrawal",
                        verbose_name="withdrawal",
                    ),
                ),
            ],
            options={
                "verbose_name": "step of a withdrawal",
                "verbose_name_plural": "steps of a withdrawal",
                "ordering": ["id"],
                "abstract": False,
            },
        ),
        migrations.AddIndex(
            model_name="payoutaccount",
            index=models.Index(
                condition=models.Q(("status", "pending")),
                fields=["created_at"],
                name="payout_account_waits",
            ),
        ),
        migrations.AddConstraint(
            model_name="payoutaccount",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status__in", ("pending", "verified"))),
                fields=("agent", "number_mark"),
                name="payout_account_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="payoutaccount",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status", "verified"), _negated=True),
                    models.Q(
                        ("checked_by__isnull", False),
                        ("usable_from__isnull", False),
                        ("verified_at__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="payout_account_was_checked",
            ),
        ),
        migrations.AddIndex(
            model_name="withdrawal",
            index=models.Index(fields=["agent", "-id"], name="withdrawal_of_agent"),
        ),
        migrations.AddIndex(
            model_name="withdrawal",
            index=models.Index(
                condition=models.Q(("status__in", ("requested", "checked", "approved"))),
                fields=["created_at"],
                name="withdrawal_waits",
            ),
        ),
        migrations.AddConstraint(
            model_name="withdrawal",
            constraint=models.UniqueConstraint(
                fields=("agent", "client_ref"), name="withdrawal_ref_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="withdrawal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("amount__gt", 0), ("fee__gte", 0), ("fee__lt", models.F("amount"))
                ),
                name="withdrawal_pays_something",
            ),
        ),
        migrations.AddConstraint(
            model_name="withdrawal",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status", "paid")),
                fields=("bank_txn_no",),
                name="withdrawal_paid_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="withdrawal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("paid_at__isnull", False),
                        ("status__in", ("paid", "returned")),
                        models.Q(("bank_txn_no", ""), _negated=True),
                    ),
                    models.Q(
                        models.Q(("status__in", ("paid", "returned")), _negated=True),
                        ("bank_txn_no", ""),
                        ("paid_at__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="withdrawal_was_paid",
            ),
        ),
        migrations.AddConstraint(
            model_name="withdrawal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("approved_at__isnull", False),
                        ("approved_by__isnull", False),
                        ("status__in", ("approved", "paid", "failed", "returned")),
                    ),
                    models.Q(
                        models.Q(
                            ("status__in", ("approved", "paid", "failed", "returned")),
                            _negated=True,
                        ),
                        ("approved_at__isnull", True),
                        ("approved_by__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="withdrawal_was_approved",
            ),
        ),
        migrations.AddConstraint(
            model_name="withdrawal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("needs_second", False),
                    models.Q(
                        ("first_by__isnull", False),
                        models.Q(("approved_by", models.F("first_by")), _negated=True),
                    ),
                    models.Q(("approved_by__isnull", True), ("first_by__isnull", False)),
                    _connector="OR",
                ),
                name="withdrawal_four_eyes",
            ),
        ),
    ]
