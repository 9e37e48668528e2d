"""Watching suppliers (rules, balance readings, hours) and telling of it (alerts, receivers)."""

from __future__ import annotations

from decimal import Decimal

import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("suppliers", "0005_sandbox_suppliers"),
    ]

    operations = [
        migrations.CreateModel(
            name="AlertReceiver",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.SlugField(max_length=40, unique=True, verbose_name="code")),
                ("name", models.CharField(max_length=100, verbose_name="name")),
                (
                    "kind",
                    models.CharField(
                        choices=[("email", "email"), ("webhook", "webhook")],
                        max_length=8,
                        verbose_name="by",
                    ),
                ),
                ("address", models.CharField(max_length=500, verbose_name="address")),
                ("sealed_secret", models.BinaryField(blank=True, null=True)),
                (
                    "causes",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("low_balance", "low balance"),
                                ("balance_unread", "balance can't be read"),
                                ("failures", "many failures"),
                                ("unknown", "many unknown results"),
                                ("silence", "no answers"),
                                ("balance", "balance exhausted"),
                                ("cost", "costs more than it sells for"),
                                ("gone", "gone from the supplier's list"),
                                ("list", "price list can't be used"),
                            ],
                            max_length=16,
                        ),
                        blank=True,
                        default=list,
                        size=None,
                        verbose_name="only about",
                    ),
                ),
                ("is_open", models.BooleanField(default=True, verbose_name="in use")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created")),
            ],
            options={
                "verbose_name": "alert receiver",
                "verbose_name_plural": "alert receivers",
                "ordering": ["code"],
            },
        ),
        migrations.CreateModel(
            name="SupplierHealth",
            fields=[],
            options={
                "verbose_name": "supplier's health",
                "verbose_name_plural": "suppliers' health",
                "proxy": True,
                "indexes": [],
                "constraints": [],
            },
            bases=("suppliers.supplier",),
        ),
        migrations.AddField(
            model_name="supplierstat",
            name="balance_asked_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="supplierstat",
            name="balance_misses",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="supplierstat",
            name="spend_per_hour",
            field=models.DecimalField(decimal_places=4, default=0, max_digits=20),
        ),
        migrations.AddField(
            model_name="supplierstat",
            name="spent_day",
            field=models.DecimalField(decimal_places=4, default=0, max_digits=20),
        ),
        migrations.AddField(
            model_name="supplierstat",
            name="undecided",
            field=models.PositiveIntegerField(default=0, verbose_name="under way"),
        ),
        migrations.AddField(
            model_name="supplierstat",
            name="waiting_for_person",
            field=models.PositiveIntegerField(default=0, verbose_name="waiting for a person"),
        ),
        migrations.CreateModel(
            name="Alert",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.CharField(max_length=80)),
                (
                    "cause",
                    models.CharField(
                        choices=[
                            ("low_balance", "low balance"),
                            ("balance_unread", "balance can't be read"),
                            ("failures", "many failures"),
                            ("unknown", "many unknown results"),
                            ("silence", "no answers"),
                            ("balance", "balance exhausted"),
                            ("cost", "costs more than it sells for"),
                            ("gone", "gone from the supplier's list"),
                            ("list", "price list can't be used"),
                        ],
                        max_length=16,
                        verbose_name="cause",
                    ),
                ),
                ("facts", models.JSONField(blank=True, default=dict)),
                ("began_at", models.DateTimeField(verbose_name="since")),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="ended")),
                (
                    "offer",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="alerts",
                        to="suppliers.offer",
                        verbose_name="offer",
                    ),
                ),
                (
                    "supplier",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="alerts",
                        to="suppliers.supplier",
                        verbose_name="supplier",
                    ),
                ),
            ],
            options={
                "verbose_name": "alert",
                "verbose_name_plural": "alerts",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="AlertDelivery",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "event",
                    models.CharField(
                        choices=[("began", "it began"), ("ended", "it ended"), ("test", "test")],
                        max_length=8,
                        verbose_name="about",
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                ("attempts", models.PositiveSmallIntegerField(default=0, verbose_name="attempts")),
                (
                    "next_attempt_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="next attempt"),
                ),
                (
                    "delivered_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="delivered"),
                ),
                (
                    "alert",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="deliveries",
                        to="suppliers.alert",
                        verbose_name="alert",
                    ),
                ),
                (
                    "receiver",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="deliveries",
                        to="suppliers.alertreceiver",
                        verbose_name="receiver",
                    ),
                ),
            ],
            options={
                "verbose_name": "alert message",
                "verbose_name_plural": "alert messages",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="AlertAttempt",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveSmallIntegerField(verbose_name="attempt")),
                ("at", models.DateTimeField(auto_now_add=True, verbose_name="at")),
                ("seconds", models.FloatField(verbose_name="took (s)")),
                (
                    "http_status",
                    models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="answer"),
                ),
                ("problem", models.CharField(blank=True, max_length=40, verbose_name="problem")),
                (
                    "delivery",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="log",
                        to="suppliers.alertdelivery",
                    ),
                ),
            ],
            options={
                "verbose_name": "attempt to deliver",
                "verbose_name_plural": "attempts to deliver",
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="BalanceReading",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "balance",
                    models.DecimalField(
                        decimal_places=4, max_digits=20, null=True, verbose_name="balance"
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="at")),
                (
                    "supplier",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="balance_readings",
                        to="suppliers.supplier",
                    ),
                ),
            ],
            options={
                "verbose_name": "balance reading",
                "verbose_name_plural": "balance readings",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="HealthRule",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "pauses_automatically",
                    models.BooleanField(
                        default=True,
                        help_text="Off: staff are told, and orders go on.",
                        verbose_name="pause automatically",
                    ),
                ),
                (
                    "hold_until",
                    models.DateTimeField(
                        blank=True,
                        editable=False,
                        null=True,
                        verbose_name="no automatic pause before",
                    ),
                ),
                (
                    "window_minutes",
                    models.PositiveSmallIntegerField(
                        default=15,
                        validators=[django.core.validators.MinValueValidator(1)],
                        verbose_name="look at the last (min)",
                    ),
                ),
                (
                    "failure_count",
                    models.PositiveSmallIntegerField(
                        default=5,
                        validators=[django.core.validators.MinValueValidator(1)],
                        verbose_name="pause at this many failures",
                    ),
                ),
                (
                    "failure_share",
                    models.DecimalField(
                        decimal_places=2,
                        default=Decimal("0.50"),
                        max_digits=3,
                        validators=[
                            django.core.validators.MinValueValidator(Decimal("0.01")),
                            django.core.validators.MaxValueValidator(Decimal("1")),
                        ],
                        verbose_name="and this share of failures",
                    ),
                ),
                (
                    "unknown_count",
                    models.PositiveSmallIntegerField(
                        default=5,
                        validators=[django.core.validators.MinValueValidator(1)],
                        verbose_name="pause at this many unknown results",
                    ),
                ),
                (
                    "unknown_share",
                    models.DecimalField(
                        decimal_places=2,
                        default=Decimal("0.30"),
                        max_digits=3,
                        validators=[
                            django.core.validators.MinValueValidator(Decimal("0.01")),
                            django.core.validators.MaxValueValidator(Decimal("1")),
                        ],
                        verbose_name="and this share of unknown results",
                    ),
                ),
                (
                    "silence_count",
                    models.PositiveSmallIntegerField(
                        default=4,
                        validators=[django.core.validators.MinValueValidator(1)],
                        verbose_name="pause at this many orders without an answer",
                    ),
                ),
                (
                    "retry_minutes",
                    models.PositiveSmallIntegerField(
                        default=5,
                        help_text="Doubled with each trial that fails, up to two hours.",
                        validators=[django.core.validators.MinValueValidator(1)],
                        verbose_name="try again after (min)",
                    ),
                ),
                (
                    "trial_orders",
                    models.PositiveSmallIntegerField(
                        default=3,
                        validators=[django.core.validators.MinValueValidator(1)],
                        verbose_name="orders on trial",
                    ),
                ),
                (
                    "low_balance",
                    models.DecimalField(
                        decimal_places=4,
                        default=0,
                        max_digits=20,
                        verbose_name="tell when the balance is below (¥)",
                    ),
                ),
                (
                    "low_hours",
                    models.PositiveSmallIntegerField(
                        default=24, verbose_name="tell when it lasts less than (h)"
                    ),
                ),
                (
                    "supplier",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="health_rule",
                        to="suppliers.supplier",
                        verbose_name="supplier",
                    ),
                ),
            ],
            options={
                "verbose_name": "rules of health",
                "verbose_name_plural": "rules of health",
            },
        ),
        migrations.CreateModel(
            name="SupplierHour",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("hour", models.DateTimeField(verbose_name="hour")),
                ("attempts", models.PositiveIntegerField(verbose_name="attempts")),
                ("succeeded", models.PositiveIntegerField(verbose_name="delivered")),
                ("failed", models.PositiveIntegerField(verbose_name="failed")),
                ("unknown", models.PositiveIntegerField(verbose_name="unknown at some time")),
                ("p50_seconds", models.FloatField(null=True)),
                ("p95_seconds", models.FloatField(null=True)),
                (
                    "spent",
                    models.DecimalField(decimal_places=4, max_digits=20, verbose_name="spent"),
                ),
                (
                    "supplier",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="hours",
                        to="suppliers.supplier",
                    ),
                ),
            ],
            options={
                "verbose_name": "supplier's hour",
                "verbose_name_plural": "suppliers' hours",
                "ordering": ["hour"],
            },
        ),
        migrations.AddConstraint(
            model_name="alert",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at", None)), fields=("key",), name="one_open_alert"
            ),
        ),
        migrations.AddConstraint(
            model_name="alertattempt",
            constraint=models.UniqueConstraint(
                fields=("delivery", "number"), name="alert_attempt_once"
            ),
        ),
        migrations.AddIndex(
            model_name="alertdelivery",
            index=models.Index(
                condition=models.Q(("next_attempt_at__isnull", False)),
                fields=["next_attempt_at"],
                name="alert_message_due",
            ),
        ),
        migrations.AddConstraint(
            model_name="alertdelivery",
            constraint=models.UniqueConstraint(
                condition=models.Q(("alert__isnull", False)),
                fields=("alert", "receiver", "event"),
                name="alert_told_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="alertdelivery",
            constraint=models.CheckConstraint(
                condition=models.Q(("event", "test"), ("alert__isnull", False), _connector="OR"),
                name="message_has_its_alert",
            ),
        ),
        migrations.AddIndex(
            model_name="balancereading",
            index=models.Index(fields=["supplier", "-at"], name="reading_of_supplier"),
        ),
        migrations.AddConstraint(
            model_name="healthrule",
            constraint=models.CheckConstraint(
                condition=models.Q(("low_balance__gte", 0)), name="rule_low_balance"
            ),
        ),
        migrations.AddConstraint(
            model_name="healthrule",
            constraint=models.CheckConstraint(
                condition=models.Q(("trial_orders__gte", 1)), name="rule_trial_orders"
            ),
        ),
        migrations.AddConstraint(
            model_name="supplierhour",
            constraint=models.UniqueConstraint(
                fields=("supplier", "hour"), name="supplier_hour_once"
            ),
        ),
    ]
