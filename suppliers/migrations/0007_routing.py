"""Routing: limits of offers, rules of SKUs, maintenance windows."""

from __future__ import annotations

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

# A limit that no quantity meets was an offer out of use; a call must end before its task is given
# to another worker.
RANGES = """
UPDATE suppliers_offer SET min_quantity = greatest(min_quantity, 1),
    max_quantity = greatest(max_quantity, min_quantity, 1), is_open = false
WHERE min_quantity < 1 OR max_quantity < min_quantity;
UPDATE suppliers_supplier SET
    connect_timeout_seconds = least(greatest(connect_timeout_seconds, 0.1), 30),
    read_timeout_seconds = least(greatest(read_timeout_seconds, 0.1), 100);
SET CONSTRAINTS ALL IMMEDIATE;
SET CONSTRAINTS ALL DEFERRED;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0002_stock_rules"),
        ("suppliers", "0006_watching_and_alerts"),
    ]

    operations = [
        migrations.CreateModel(
            name="MaintenanceWindow",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("starts_at", models.DateTimeField(blank=True, null=True, verbose_name="from")),
                ("ends_at", models.DateTimeField(blank=True, null=True, verbose_name="until")),
                ("daily_from", models.TimeField(blank=True, null=True, verbose_name="daily from")),
                (
                    "daily_until",
                    models.TimeField(blank=True, null=True, verbose_name="daily until"),
                ),
                ("reason", models.CharField(max_length=200, verbose_name="reason")),
            ],
            options={
                "verbose_name": "maintenance window",
                "verbose_name_plural": "maintenance windows",
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="RoutingRule",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "mode",
                    models.CharField(
                        choices=[("ordered", "in order of priority"), ("scored", "by score")],
                        default="scored",
                        max_length=8,
                        verbose_name="choose offers",
                    ),
                ),
                (
                    "may_split",
                    models.BooleanField(default=True, verbose_name="a quantity may be split"),
                ),
                (
                    "weight_priority",
                    models.PositiveSmallIntegerField(
                        default=0, verbose_name="weight of the priority"
                    ),
                ),
                (
                    "weight_cost",
                    models.PositiveSmallIntegerField(default=40, verbose_name="weight of the cost"),
                ),
                (
                    "weight_success",
                    models.PositiveSmallIntegerField(
                        default=30, verbose_name="weight of the success rate"
                    ),
                ),
                (
                    "weight_speed",
                    models.PositiveSmallIntegerField(
                        default=20, verbose_name="weight of the speed"
                    ),
                ),
                (
                    "weight_balance",
                    models.PositiveSmallIntegerField(
                        default=10, verbose_name="weight of the balance"
                    ),
                ),
                (
                    "allows_loss",
                    models.BooleanField(default=False, verbose_name="may be sold below cost"),
                ),
                (
                    "loss_reason",
                    models.CharField(blank=True, max_length=200, verbose_name="why below cost"),
                ),
            ],
            options={
                "verbose_name": "routing rule",
                "verbose_name_plural": "routing rules",
                "ordering": ["sku"],
            },
        ),
        migrations.AddField(
            model_name="offer",
            name="allows_loss",
            field=models.BooleanField(default=False, verbose_name="may be sold below cost"),
        ),
        migrations.AddField(
            model_name="offer",
            name="carriers",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(
                    choices=[
                        ("mobile", "China Mobile"),
                        ("unicom", "China Unicom"),
                        ("telecom", "China Telecom"),
                        ("broadnet", "China Broadnet"),
                    ],
                    max_length=10,
                ),
                blank=True,
                default=list,
                size=None,
                verbose_name="only these carriers",
            ),
        ),
        migrations.AddField(
            model_name="offer",
            name="loss_reason",
            field=models.CharField(blank=True, max_length=200, verbose_name="why below cost"),
        ),
        migrations.AddField(
            model_name="offer",
            name="provinces",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=20),
                blank=True,
                default=list,
                size=None,
                verbose_name="only these provinces",
            ),
        ),
        migrations.AddField(
            model_name="supplier",
            name="slow_manual_after_seconds",
            field=models.PositiveIntegerField(
                default=288000, verbose_name="slow ones to a person after (s)"
            ),
        ),
        migrations.RunSQL(RANGES, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="offer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("allows_loss", False),
                    models.Q(("loss_reason", ""), _negated=True),
                    _connector="OR",
                ),
                name="offer_loss_has_reason",
                violation_error_message="Selling below cost needs a reason.",
            ),
        ),
        migrations.AddConstraint(
            model_name="offer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("min_quantity__gte", 1), ("max_quantity__gte", models.F("min_quantity"))
                ),
                name="offer_quantity_range",
                violation_error_message="The least at once is 1 or more, and not above the most.",
            ),
        ),
        migrations.AddConstraint(
            model_name="supplier",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("connect_timeout_seconds__gt", 0),
                    ("connect_timeout_seconds__lte", 30),
                    ("read_timeout_seconds__gt", 0),
                    ("read_timeout_seconds__lte", 100),
                ),
                name="supplier_calls_are_limited",
                violation_error_message="Time-outs are above 0: to connect 30 s at most, to read 100 s at most.",
            ),
        ),
        migrations.AddField(
            model_name="maintenancewindow",
            name="offer",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="windows",
                to="suppliers.offer",
                verbose_name="offer",
            ),
        ),
        migrations.AddField(
            model_name="maintenancewindow",
            name="supplier",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="windows",
                to="suppliers.supplier",
                verbose_name="supplier",
            ),
        ),
        migrations.AddField(
            model_name="routingrule",
            name="sku",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="routing",
                to="catalog.sku",
                verbose_name="SKU",
            ),
        ),
        migrations.AddConstraint(
            model_name="maintenancewindow",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("offer__isnull", True), ("supplier__isnull", False)),
                    models.Q(("offer__isnull", False), ("supplier__isnull", True)),
                    _connector="OR",
                ),
                name="window_of_supplier_or_offer",
                violation_error_message="Name either the supplier or one of its offers.",
            ),
        ),
        migrations.AddConstraint(
            model_name="maintenancewindow",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("daily_from__isnull", True),
                        ("daily_until__isnull", True),
                        ("ends_at__gt", models.F("starts_at")),
                        ("starts_at__isnull", False),
                    ),
                    models.Q(
                        ("daily_from__isnull", False),
                        ("daily_until__isnull", False),
                        ("ends_at__isnull", True),
                        ("starts_at__isnull", True),
                        models.Q(("daily_from", models.F("daily_until")), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="window_dated_or_daily",
                violation_error_message="Give a start and a later end, or two different times of day: not both.",
            ),
        ),
        migrations.AddConstraint(
            model_name="routingrule",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("mode", "ordered"),
                    ("weight_priority__gt", 0),
                    ("weight_cost__gt", 0),
                    ("weight_success__gt", 0),
                    ("weight_speed__gt", 0),
                    ("weight_balance__gt", 0),
                    _connector="OR",
                ),
                name="routing_scores_something",
                violation_error_message="A score needs at least one weight above 0.",
            ),
        ),
        migrations.AddConstraint(
            model_name="routingrule",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("allows_loss", False),
                    models.Q(("loss_reason", ""), _negated=True),
                    _connector="OR",
                ),
                name="routing_loss_has_reason",
                violation_error_message="Selling below cost needs a reason.",
            ),
        ),
    ]
