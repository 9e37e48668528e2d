"""Monthly top-ups that members agreed to, and their months."""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0003_withdrawn_cards"),
        ("kalegou", "0006_tickets_and_claims"),
        ("orders", "0010_orders_that_people_look_for"),
    ]

    operations = [
        migrations.CreateModel(
            name="TopupPlan",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("ref", models.CharField(max_length=64)),
                ("phone", models.CharField(max_length=11, verbose_name="mobile number")),
                ("day", models.PositiveSmallIntegerField(verbose_name="day of the month")),
                (
                    "max_price",
                    models.DecimalField(
                        decimal_places=4, max_digits=20, verbose_name="highest price"
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("active", "running"),
                            ("paused", "paused"),
                            ("stopped", "stopped"),
                        ],
                        default="active",
                        max_length=8,
                        verbose_name="status",
                    ),
                ),
                (
                    "paused_why",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("member", "by the member"),
                            ("failed", "the top-up failed"),
                            ("staff", "by customer service"),
                        ],
                        max_length=8,
                        verbose_name="paused",
                    ),
                ),
                ("next_month", models.DateField(blank=True, null=True)),
                (
                    "next_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="next top-up"),
                ),
                (
                    "reminded_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="reminded"),
                ),
                ("due_at", models.DateTimeField(blank=True, null=True)),
                ("consent", models.TextField(verbose_name="what was agreed to")),
                ("consent_at", models.DateTimeField(verbose_name="agreed")),
                ("language", models.CharField(max_length=10)),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                (
                    "member",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="plans",
                        to="kalegou.member",
                        verbose_name="member",
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
                "verbose_name": "monthly top-up",
                "verbose_name_plural": "monthly top-ups",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="TopupPlanRun",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("month", models.DateField(verbose_name="month")),
                ("planned_at", models.DateTimeField(verbose_name="planned")),
                ("at", models.DateTimeField(auto_now_add=True, verbose_name="at")),
                ("problem", models.JSONField(blank=True, null=True)),
                ("watched", models.BooleanField(default=False)),
                (
                    "order",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="topup_plan_run",
                        to="orders.order",
                    ),
                ),
                (
                    "plan",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="runs",
                        to="kalegou.topupplan",
                    ),
                ),
            ],
            options={
                "verbose_name": "month",
                "verbose_name_plural": "months",
                "ordering": ["-month"],
            },
        ),
        migrations.AddIndex(
            model_name="topupplan",
            index=models.Index(
                condition=models.Q(("due_at__isnull", False)),
                fields=["due_at"],
                name="topup_plan_due",
            ),
        ),
        migrations.AddIndex(
            model_name="topupplan",
            index=models.Index(fields=["member", "-id"], name="topup_plan_of_member"),
        ),
        migrations.AddConstraint(
            model_name="topupplan",
            constraint=models.UniqueConstraint(
                fields=("member", "ref"), name="topup_plan_ref_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="topupplan",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status", "stopped"), _negated=True),
                fields=("member", "phone"),
                name="one_topup_plan_a_number",
            ),
        ),
        migrations.AddConstraint(
            model_name="topupplan",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("due_at__isnull", False),
                        ("next_at__isnull", False),
                        ("next_month__isnull", False),
                        ("status", "active"),
                    ),
                    models.Q(
                        models.Q(("status", "active"), _negated=True),
                        ("due_at__isnull", True),
                        ("next_at__isnull", True),
                        ("next_month__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="topup_plan_due_while_active",
            ),
        ),
        migrations.AddConstraint(
            model_name="topupplan",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status", "paused"), models.Q(("paused_why", ""), _negated=True)),
                    models.Q(models.Q(("status", "paused"), _negated=True), ("paused_why", "")),
                    _connector="OR",
                ),
                name="topup_plan_paused_why",
            ),
        ),
        migrations.AddConstraint(
            model_name="topupplan",
            constraint=models.CheckConstraint(
                condition=models.Q(("day__gte", 1), ("day__lte", 31)),
                name="topup_plan_day_of_month",
            ),
        ),
        migrations.AddConstraint(
            model_name="topupplan",
            constraint=models.CheckConstraint(
                condition=models.Q(("max_price__gt", 0)), name="topup_plan_price_positive"
            ),
        ),
        migrations.AddConstraint(
            model_name="topupplan",
            constraint=models.CheckConstraint(
                condition=models.Q(("consent", ""), _negated=True), name="topup_plan_has_consent"
            ),
        ),
        migrations.AddIndex(
            model_name="topupplanrun",
            index=models.Index(
                condition=models.Q(("watched", True)), fields=["id"], name="topup_plan_run_watched"
            ),
        ),
        migrations.AddConstraint(
            model_name="topupplanrun",
            constraint=models.UniqueConstraint(
                fields=("plan", "month"), name="topup_plan_once_a_month"
            ),
        ),
        migrations.AddConstraint(
            model_name="topupplanrun",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("order__isnull", False), ("problem__isnull", True)),
                    models.Q(
                        ("order__isnull", True), ("problem__isnull", False), ("watched", False)
                    ),
                    _connector="OR",
                ),
                name="topup_plan_run_has_one_answer",
            ),
        ),
        migrations.AddConstraint(
            model_name="topupplanrun",
            constraint=models.CheckConstraint(
                condition=models.Q(("month__day", 1)), name="topup_plan_run_month_is_its_first_day"
            ),
        ),
    ]
