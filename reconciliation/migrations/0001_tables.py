"""Statements, their lines, what differs, and resolutions."""

from __future__ import annotations

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("ledger", "0003_more_account_kinds"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Party",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("supplier", "supplier"), ("gateway", "payment gateway")],
                        max_length=10,
                        verbose_name="kind",
                    ),
                ),
                ("code", models.CharField(max_length=50, verbose_name="code")),
                (
                    "our_ref_column",
                    models.CharField(blank=True, max_length=60, verbose_name="our number"),
                ),
                (
                    "refund_ref_column",
                    models.CharField(
                        blank=True,
                        help_text="Only where refunds have a column of their own.",
                        max_length=60,
                        verbose_name="our refund number",
                    ),
                ),
                (
                    "their_ref_column",
                    models.CharField(blank=True, max_length=60, verbose_name="their number"),
                ),
                (
                    "amount_column",
                    models.CharField(blank=True, max_length=60, verbose_name="amount"),
                ),
                ("fee_column", models.CharField(blank=True, max_length=60, verbose_name="fee")),
                (
                    "kind_column",
                    models.CharField(blank=True, max_length=60, verbose_name="kind or status"),
                ),
                ("at_column", models.CharField(blank=True, max_length=60, verbose_name="time")),
                (
                    "balance_column",
                    models.CharField(
                        blank=True, max_length=60, verbose_name="balance after the line"
                    ),
                ),
                (
                    "charge_words",
                    models.TextField(
                        blank=True,
                        max_length=500,
                        verbose_name="words for a charge (gateway: a payment)",
                    ),
                ),
                (
                    "return_words",
                    models.TextField(
                        blank=True,
                        max_length=500,
                        verbose_name="words for money back (gateway: a refund)",
                    ),
                ),
                (
                    "funding_words",
                    models.TextField(
                        blank=True,
                        max_length=500,
                        verbose_name="words for money paid in (gateway: paid out to us)",
                    ),
                ),
                (
                    "fee_words",
                    models.TextField(blank=True, max_length=500, verbose_name="words for a fee"),
                ),
                (
                    "ignored_words",
                    models.TextField(
                        blank=True, max_length=500, verbose_name="words for lines without money"
                    ),
                ),
                (
                    "negative_means",
                    models.CharField(
                        choices=[
                            ("return", "money back to us (or a refund)"),
                            ("charge", "a charge (or a payment)"),
                        ],
                        default="return",
                        help_text="Where no column says what a line is.",
                        max_length=10,
                        verbose_name="a negative amount is",
                    ),
                ),
                (
                    "encoding",
                    models.CharField(
                        blank=True,
                        choices=[("", "tell by the file"), ("utf-8", "UTF-8"), ("gbk", "GBK")],
                        default="",
                        max_length=10,
                        verbose_name="encoding",
                    ),
                ),
            ],
            options={
                "verbose_name": "statement format",
                "verbose_name_plural": "statement formats",
                "ordering": ["kind", "code"],
                "constraints": [
                    models.UniqueConstraint(fields=("kind", "code"), name="party_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Difference",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("subject", models.CharField(max_length=100, verbose_name="about")),
                ("day", models.DateField(verbose_name="day")),
                (
                    "verdict",
                    models.CharField(
                        choices=[
                            ("agreed", "agreed"),
                            ("charged_but_failed", "they have it, it failed with us"),
                            ("not_there", "we have it, they don't"),
                            ("amount_differs", "the amount differs"),
                            ("undecided", "they have it, undecided with us"),
                            ("twice", "charged twice"),
                            ("not_ours", "not known to us"),
                            ("fee", "fee not booked"),
                            ("funding", "payment not booked"),
                            ("balance", "balance unexplained"),
                        ],
                        max_length=20,
                        verbose_name="what differs",
                    ),
                ),
                (
                    "theirs",
                    models.DecimalField(decimal_places=4, max_digits=20, verbose_name="they say"),
                ),
                (
                    "ours",
                    models.DecimalField(decimal_places=4, max_digits=20, verbose_name="we say"),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "open"),
                            ("settled", "settled"),
                            ("left", "left as it is"),
                        ],
                        default="open",
                        max_length=8,
                        verbose_name="state",
                    ),
                ),
                ("found_at", models.DateTimeField(auto_now_add=True, verbose_name="found")),
                ("changed_at", models.DateTimeField(auto_now=True, verbose_name="changed")),
                (
                    "party",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="differences",
                        to="reconciliation.party",
                    ),
                ),
            ],
            options={
                "verbose_name": "difference",
                "verbose_name_plural": "differences",
                "ordering": ["-day", "id"],
            },
        ),
        migrations.CreateModel(
            name="Resolution",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("accept", "Accept their figure as our cost"),
                            ("fee", "Book the fee"),
                            ("claim", "Claim it from them"),
                            ("claim_paid", "They have paid our claim"),
                            ("write_off", "Write it off"),
                            ("bank", "It went over our bank account"),
                            ("booked", "It is in our books already"),
                            ("leave", "Leave it as it is"),
                            ("delivered", "Take it as delivered"),
                            ("failed", "Take it as failed"),
                            ("paid", "Take the payment"),
                            ("refunded", "Take it as refunded"),
                        ],
                        max_length=12,
                        verbose_name="what",
                    ),
                ),
                (
                    "amount",
                    models.DecimalField(decimal_places=4, max_digits=20, verbose_name="amount"),
                ),
                ("reason", models.CharField(max_length=200, verbose_name="reason")),
                ("request_ref", models.CharField(max_length=40, unique=True)),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="at")),
                (
                    "reversed_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="taken back"),
                ),
                (
                    "reversal_reason",
                    models.CharField(blank=True, max_length=200, verbose_name="reason for that"),
                ),
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
                (
                    "difference",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="resolutions",
                        to="reconciliation.difference",
                    ),
                ),
                (
                    "entry",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="resolutions",
                        to="ledger.entry",
                        verbose_name="journal entry",
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
            ],
            options={
                "verbose_name": "resolution",
                "verbose_name_plural": "resolutions",
                "ordering": ["id"],
                "permissions": [("reconcile", "Can reconcile statements and post what differs")],
            },
        ),
        migrations.CreateModel(
            name="Statement",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("first_day", models.DateField(verbose_name="from")),
                ("last_day", models.DateField(verbose_name="to")),
                ("file_name", models.CharField(max_length=200, verbose_name="file")),
                ("sha256", models.CharField(max_length=64)),
                ("line_count", models.PositiveIntegerField(verbose_name="lines")),
                ("new_count", models.PositiveIntegerField(verbose_name="new")),
                (
                    "bad_count",
                    models.PositiveIntegerField(default=0, verbose_name="left out as bad"),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="uploaded")),
                (
                    "withdrawn_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="withdrawn"),
                ),
                (
                    "party",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="statements",
                        to="reconciliation.party",
                    ),
                ),
                (
                    "uploaded_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="uploaded by",
                    ),
                ),
            ],
            options={
                "verbose_name": "statement",
                "verbose_name_plural": "statements",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="StatementDay",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("day", models.DateField(verbose_name="day")),
                (
                    "stated_balance",
                    models.DecimalField(
                        blank=True,
                        decimal_places=4,
                        max_digits=20,
                        null=True,
                        verbose_name="their balance",
                    ),
                ),
                (
                    "our_balance",
                    models.DecimalField(
                        blank=True,
                        decimal_places=4,
                        max_digits=20,
                        null=True,
                        verbose_name="our balance",
                    ),
                ),
                (
                    "open_amount",
                    models.DecimalField(
                        decimal_places=4,
                        default=0,
                        max_digits=20,
                        verbose_name="in open differences",
                    ),
                ),
                (
                    "timing",
                    models.DecimalField(
                        decimal_places=4,
                        default=0,
                        max_digits=20,
                        verbose_name="booked on another day",
                    ),
                ),
                ("line_count", models.PositiveIntegerField(default=0, verbose_name="lines")),
                (
                    "line_total",
                    models.DecimalField(
                        decimal_places=4, default=0, max_digits=20, verbose_name="sum"
                    ),
                ),
                ("agreed_count", models.PositiveIntegerField(default=0, verbose_name="agreed")),
                ("settled_count", models.PositiveIntegerField(default=0, verbose_name="settled")),
                ("open_count", models.PositiveIntegerField(default=0, verbose_name="open")),
                ("computed_at", models.DateTimeField(blank=True, null=True, verbose_name="as of")),
                (
                    "party",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="days",
                        to="reconciliation.party",
                    ),
                ),
            ],
            options={
                "verbose_name": "daily agreement",
                "verbose_name_plural": "daily agreements",
                "ordering": ["-day", "party"],
            },
        ),
        migrations.CreateModel(
            name="StatementLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("digest", models.CharField(max_length=64)),
                ("line_number", models.PositiveIntegerField(verbose_name="line")),
                ("day", models.DateField(verbose_name="day")),
                ("at", models.DateTimeField(verbose_name="at")),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("charge", "charge or payment"),
                            ("return", "money back"),
                            ("fee", "fee"),
                            ("funding", "paid in or out"),
                        ],
                        max_length=10,
                        verbose_name="what",
                    ),
                ),
                ("our_ref", models.CharField(blank=True, max_length=64, verbose_name="our number")),
                (
                    "their_ref",
                    models.CharField(blank=True, max_length=64, verbose_name="their number"),
                ),
                (
                    "amount",
                    models.DecimalField(decimal_places=4, max_digits=20, verbose_name="amount"),
                ),
                (
                    "fee",
                    models.DecimalField(
                        decimal_places=4, default=0, max_digits=20, verbose_name="fee"
                    ),
                ),
                (
                    "balance",
                    models.DecimalField(
                        blank=True,
                        decimal_places=4,
                        max_digits=20,
                        null=True,
                        verbose_name="balance after",
                    ),
                ),
                ("place", models.IntegerField(default=0)),
                ("subject", models.CharField(max_length=100)),
                (
                    "party",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lines",
                        to="reconciliation.party",
                    ),
                ),
                (
                    "statement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lines",
                        to="reconciliation.statement",
                    ),
                ),
            ],
            options={
                "verbose_name": "statement line",
                "verbose_name_plural": "statement lines",
                "ordering": ["at", "id"],
            },
        ),
        migrations.AddIndex(
            model_name="difference",
            index=models.Index(fields=["party", "day"], name="difference_of_day"),
        ),
        migrations.AddIndex(
            model_name="difference",
            index=models.Index(
                condition=models.Q(("state", "open")),
                fields=["party", "day"],
                name="difference_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="difference",
            constraint=models.UniqueConstraint(fields=("party", "subject"), name="difference_once"),
        ),
        migrations.AddConstraint(
            model_name="resolution",
            constraint=models.UniqueConstraint(
                condition=models.Q(("reversed_at__isnull", True)),
                fields=("entry",),
                name="resolution_entry_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="statementday",
            constraint=models.UniqueConstraint(fields=("party", "day"), name="statement_day_once"),
        ),
        migrations.AddIndex(
            model_name="statementline",
            index=models.Index(fields=["party", "subject"], name="line_of_subject"),
        ),
        migrations.AddIndex(
            model_name="statementline",
            index=models.Index(fields=["party", "day"], name="line_of_day"),
        ),
        migrations.AddConstraint(
            model_name="statementline",
            constraint=models.UniqueConstraint(
                fields=("party", "digest"), name="statement_line_once"
            ),
        ),
    ]
