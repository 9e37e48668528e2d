"""Many orders in one call of the open API."""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("kameng", "0003_sandboxes_and_rotation"),
        ("orders", "0003_sandbox_channel"),
    ]

    operations = [
        migrations.CreateModel(
            name="Batch",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("is_sandbox", models.BooleanField(default=False, verbose_name="sandbox")),
                (
                    "batch_no",
                    models.CharField(max_length=32, unique=True, verbose_name="batch number"),
                ),
                ("batch_ref", models.CharField(max_length=64, verbose_name="their number")),
                ("digest", models.CharField(max_length=64)),
                ("language", models.CharField(max_length=10)),
                ("due_at", models.DateTimeField(blank=True, null=True, verbose_name="due")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                (
                    "finished_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="finished"),
                ),
                (
                    "agent",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="batches",
                        to="kameng.agent",
                        verbose_name="agent",
                    ),
                ),
                (
                    "key",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="batches",
                        to="kameng.apikey",
                        verbose_name="API key",
                    ),
                ),
            ],
            options={
                "verbose_name": "batch",
                "verbose_name_plural": "batches",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="BatchLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("place", models.PositiveSmallIntegerField()),
                ("client_ref", models.CharField(max_length=64)),
                ("asked", models.JSONField()),
                ("problem", models.JSONField(blank=True, null=True)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                (
                    "batch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="lines",
                        to="kameng.batch",
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orders.order",
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="batch",
            index=models.Index(
                condition=models.Q(("due_at__isnull", False)), fields=["due_at"], name="batch_due"
            ),
        ),
        migrations.AddConstraint(
            model_name="batch",
            constraint=models.UniqueConstraint(
                fields=("agent", "is_sandbox", "batch_ref"), name="batch_ref_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="batch",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("finished_at__isnull", True), ("due_at__isnull", True), _connector="XOR"
                ),
                name="batch_due_until_finished",
            ),
        ),
        migrations.AddIndex(
            model_name="batchline",
            index=models.Index(
                condition=models.Q(("order__isnull", True), ("problem__isnull", True)),
                fields=["batch", "place"],
                name="batch_line_waiting",
            ),
        ),
        migrations.AddConstraint(
            model_name="batchline",
            constraint=models.UniqueConstraint(fields=("batch", "place"), name="batch_line_once"),
        ),
        migrations.AddConstraint(
            model_name="batchline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("order__isnull", True), ("problem__isnull", True), _connector="OR"
                ),
                name="batch_line_has_one_answer",
            ),
        ),
    ]
