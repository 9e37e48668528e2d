"""Lists of numbers in the portal are batches without a key, which can be paused."""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("kameng", "0022_favourites"),
        ("orders", "0010_orders_that_people_look_for"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="batch",
            name="batch_due_until_finished",
        ),
        migrations.AddField(
            model_name="batch",
            name="line_count",
            field=models.PositiveIntegerField(default=0, verbose_name="lines"),
        ),
        migrations.RunSQL(
            "UPDATE kameng_batch SET line_count ="
            " (SELECT count(*) FROM kameng_batchline WHERE batch_id = kameng_batch.id)",
            migrations.RunSQL.noop,
        ),
        migrations.AddField(
            model_name="batch",
            name="pause_reason",
            field=models.CharField(
                blank=True,
                choices=[
                    ("agent", "paused by you"),
                    ("balance", "the balance ran out"),
                    ("limit", "your spending limit is reached"),
                    ("suspended", "your agent account is suspended"),
                    ("staff", "paused by customer service"),
                ],
                max_length=10,
                verbose_name="why paused",
            ),
        ),
        migrations.AddField(
            model_name="batch",
            name="paused_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="paused"),
        ),
        migrations.AddField(
            model_name="batch",
            name="title",
            field=models.CharField(blank=True, max_length=80, verbose_name="title"),
        ),
        migrations.AddField(
            model_name="batchline",
            name="note",
            field=models.CharField(blank=True, max_length=100, verbose_name="note"),
        ),
        migrations.AlterField(
            model_name="batch",
            name="key",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="batches",
                to="kameng.apikey",
                verbose_name="API key",
            ),
        ),
        migrations.AddIndex(
            model_name="batch",
            index=models.Index(fields=["agent", "-id"], name="batch_of_agent"),
        ),
        migrations.AddIndex(
            model_name="batchline",
            index=models.Index(
                condition=models.Q(("order__isnull", False)),
                fields=["order"],
                name="batch_line_of_order",
            ),
        ),
        migrations.AddConstraint(
            model_name="batch",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("due_at__isnull", False),
                        ("finished_at__isnull", True),
                        ("paused_at__isnull", True),
                    ),
                    models.Q(
                        ("due_at__isnull", True),
                        ("finished_at__isnull", True),
                        ("paused_at__isnull", False),
                    ),
                    models.Q(
                        ("due_at__isnull", True),
                        ("finished_at__isnull", False),
                        ("paused_at__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="batch_due_paused_or_finished",
            ),
        ),
        migrations.AddConstraint(
            model_name="batch",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("pause_reason", ""), ("paused_at__isnull", True)),
                    models.Q(
                        ("paused_at__isnull", False), models.Q(("pause_reason", ""), _negated=True)
                    ),
                    _connector="OR",
                ),
                name="batch_paused_for_a_reason",
            ),
        ),
    ]
