"""Orders that agents have scheduled."""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0003_withdrawn_cards"),
        ("kameng", "0029_owned_codes"),
        ("orders", "0010_orders_that_people_look_for"),
    ]

    operations = [
        migrations.CreateModel(
            name="OrderPlan",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("ref", models.CharField(max_length=64)),
                ("title", models.CharField(blank=True, max_length=80, verbose_name="title")),
                ("quantity", models.PositiveIntegerField(verbose_name="quantity")),
                ("account", models.JSONField(blank=True, default=dict, verbose_name="account")),
                (
                    "max_unit_price",
                    models.DecimalField(
                        blank=True,
                        decimal_places=4,
                        max_digits=20,
                        null=True,
                        verbose_name="highest unit price",
                    ),
                ),
                (
                    "rhythm",
                    models.CharField(
                        choices=[
                            ("once", "once"),
                            ("daily", "every day"),
                            ("weekly", "every week"),
                            ("monthly", "every month"),
                        ],
                        max_length=8,
                        verbose_name="rhythm",
                    ),
                ),
                ("first_at", models.DateTimeField(verbose_name="first run")),
                ("end_on", models.DateField(blank=True, null=True, verbose_name="last day")),
                (
                    "max_orders",
                    models.PositiveIntegerField(
                        blank=True, null=True, verbose_name="orders at most"
                    ),
                ),
                (
                    "budget",
                    models.DecimalField(
                        blank=True,
                        decimal_places=4,
                        max_digits=20,
                        null=True,
                        verbose_name="budget",
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("active", "running"),
                            ("paused", "paused"),
                            ("finished", "ended"),
                            ("cancelled", "cancelled"),
                        ],
                        default="active",
                        max_length=10,
                        verbose_name="status",
                    ),
                ),
                (
                    "ended_why",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("done", "its last day has passed"),
                            ("count", "all its orders were placed"),
                            ("budget", "its budget doesn't reach for another order"),
                        ],
                        max_length=8,
                        verbose_name="why ended",
                    ),
                ),
                ("next_number", models.PositiveIntegerField(default=0)),
                ("next_at", models.DateTimeField(blank=True, null=True, verbose_name="next run")),
                ("due_at", models.DateTimeField(blank=True, null=True)),
                ("language", models.CharField(max_length=10)),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                (
                    "agent",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="plans",
                        to="kameng.agent",
                        verbose_name="agent",
                    ),
                ),
                (
                    "sku",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalog.sku",
                        verbose_name="SKU",
                    ),
                ),
            ],
            options={
                "verbose_name": "scheduled order",
                "verbose_name_plural": "scheduled orders",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="PlanRun",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                ("planned_at", models.DateTimeField(verbose_name="planned")),
                ("at", models.DateTimeField(auto_now_add=True, verbose_name="at")),
                ("problem", models.JSONField(blank=True, null=True)),
                (
                    "order",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="plan_run",
                        to="orders.order",
                    ),
                ),
                (
                    "plan",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="runs",
                        to="kameng.orderplan",
                    ),
                ),
            ],
            options={
                "verbose_name": "run",
                "verbose_name_plural": "runs",
                "ordering": ["-number"],
            },
        ),
        migrations.AddIndex(
            model_name="orderplan",
            index=models.Index(
                condition=models.Q(("due_at__isnull", False)), fields=["due_at"], name="plan_due"
            ),
        ),
        migrations.AddIndex(
            model_name="orderplan",
            index=models.Index(fields=["agent", "-id"], name="plan_of_agent"),
        ),
        migrations.AddConstraint(
            model_name="orderplan",
            constraint=models.UniqueConstraint(fields=("agent", "ref"), name="plan_ref_once"),
        ),
        migrations.AddConstraint(
            model_name="orderplan",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("due_at__isnull", False), ("next_at__isnull", False), ("status", "active")
                    ),
                    models.Q(
                        models.Q(("status", "active"), _negated=True),
                        ("due_at__isnull", True),
                        ("next_at__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="plan_due_while_active",
            ),
        ),
        migrations.AddConstraint(
            model_name="orderplan",
            constraint=models.CheckConstraint(
                condition=models.Q(("quantity__gte", 1)), name="plan_quantity_positive"
            ),
        ),
        migrations.AddConstraint(
            model_name="orderplan",
            constraint=models.CheckConstraint(
                condition=models.Q(("budget__isnull", True), ("budget__gt", 0), _connector="OR"),
                name="plan_budget_positive",
            ),
        ),
        migrations.AddConstraint(
            model_name="planrun",
            constraint=models.UniqueConstraint(fields=("plan", "number"), name="plan_run_once"),
        ),
        migrations.AddConstraint(
            model_name="planrun",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("order__isnull", False), ("problem__isnull", True)),
                    models.Q(("order__isnull", True), ("problem__isnull", False)),
                    _connector="OR",
                ),
                name="plan_run_has_one_answer",
            ),
        ),
    ]
