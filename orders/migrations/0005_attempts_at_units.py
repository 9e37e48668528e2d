"""An attempt is about a range of an order's units, so that an order can be split.

No unit is with two attempts that haven't failed: an exclusion constraint takes the place of "one
undecided attempt an order". Building it locks the table, like the unique index before it.
"""

from __future__ import annotations

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.expressions
from django.db import migrations, models

import orders.models

BACKFILL = """
UPDATE orders_fulfilment AS attempt SET delivered_quantity = placed.delivered_quantity
FROM orders_order AS placed
WHERE placed.id = attempt.order_id AND attempt.status = 'succeeded';
-- Deferred triggers of the update above must not stand in the way of the next ALTER TABLE.
SET CONSTRAINTS ALL IMMEDIATE;
SET CONSTRAINTS ALL DEFERRED;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0004_fulfilments_by_supplier_and_time"),
        ("suppliers", "0007_routing"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="fulfilment",
            name="one_undecided_fulfilment",
        ),
        migrations.RemoveIndex(
            model_name="fulfilment",
            name="fulfilment_to_query",
        ),
        migrations.RenameField("fulfilment", "next_query_at", "due_at"),
        migrations.AddField(
            model_name="fulfilment",
            name="delivered_quantity",
            field=models.PositiveIntegerField(default=0, verbose_name="delivered"),
        ),
        migrations.AlterField(
            model_name="fulfilment",
            name="due_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="next action"),
        ),
        migrations.AddField(
            model_name="fulfilment",
            name="first_unit",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="fulfilment",
            name="is_slow",
            field=models.BooleanField(default=False, verbose_name="slow top-up"),
        ),
        migrations.AddField(
            model_name="fulfilment",
            name="routing",
            field=models.JSONField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="fulfilment",
            name="submit_ended_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="fulfilmentevent",
            name="exchanges",
            field=models.JSONField(blank=True, default=list),
        ),
        migrations.AddField(
            model_name="order",
            name="unrouted",
            field=models.JSONField(blank=True, null=True),
        ),
        migrations.AlterField(
            model_name="fulfilment",
            name="query_count",
            field=models.PositiveIntegerField(default=0, verbose_name="queries"),
        ),
        migrations.AlterField(
            model_name="fulfilment",
            name="status",
            field=models.CharField(
                choices=[
                    ("queued", "waiting to be sent"),
                    ("submitting", "being sent"),
                    ("accepted", "supplier is working on it"),
                    ("unknown", "result unknown"),
                    ("succeeded", "delivered"),
                    ("failed", "failed"),
                ],
                max_length=12,
                verbose_name="status",
            ),
        ),
        migrations.RunSQL(BACKFILL, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="fulfilment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("quantity__gte", 1), ("delivered_quantity__lte", models.F("quantity"))
                ),
                name="fulfilment_delivers_at_most_its_units",
            ),
        ),
        migrations.AddConstraint(
            model_name="fulfilment",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                condition=models.Q(("status", "failed"), _negated=True),
                expressions=[
                    ("order", "="),
                    (
                        orders.models._Units(
                            models.F("first_unit"),
                            django.db.models.expressions.CombinedExpression(
                                models.F("first_unit"), "+", models.F("quantity")
                            ),
                            django.contrib.postgres.fields.ranges.RangeBoundary(
                                inclusive_lower=True, inclusive_upper=False
                            ),
                        ),
                        "&&",
                    ),
                ],
                name="one_attempt_a_unit",
            ),
        ),
    ]
