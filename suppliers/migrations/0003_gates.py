"""Pauses of suppliers and stops of offers: what keeps orders away by itself, each with its end."""

from __future__ import annotations

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("suppliers", "0002_supplier_statistics"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="OfferStop",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "cause",
                    models.CharField(
                        choices=[
                            ("cost", "costs more than it sells for"),
                            ("gone", "gone from the supplier's list"),
                            ("unavailable", "the supplier doesn't sell it now"),
                        ],
                        max_length=12,
                        verbose_name="cause",
                    ),
                ),
                ("facts", models.JSONField(blank=True, default=dict)),
                ("began_at", models.DateTimeField(verbose_name="since")),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="ended")),
                (
                    "offer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="stops",
                        to="suppliers.offer",
                        verbose_name="offer",
                    ),
                ),
            ],
            options={
                "verbose_name": "stop of an offer",
                "verbose_name_plural": "stops of offers",
                "ordering": ["-id"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at", None)),
                        fields=("offer", "cause"),
                        name="one_open_stop",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SupplierPause",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "cause",
                    models.CharField(
                        choices=[
                            ("failures", "many failures"),
                            ("unknown", "many unknown results"),
                            ("silence", "no answers"),
                            ("balance", "balance exhausted"),
                        ],
                        max_length=10,
                        verbose_name="cause",
                    ),
                ),
                ("facts", models.JSONField(blank=True, default=dict)),
                ("began_at", models.DateTimeField(verbose_name="since")),
                ("retry_at", models.DateTimeField(verbose_name="next try")),
                (
                    "trial_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="on trial since"),
                ),
                (
                    "trial_slots",
                    models.PositiveSmallIntegerField(
                        default=0, verbose_name="orders on trial left"
                    ),
                ),
                (
                    "failed_trials",
                    models.PositiveSmallIntegerField(default=0, verbose_name="failed trials"),
                ),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="ended")),
                (
                    "end_reason",
                    models.CharField(blank=True, max_length=200, verbose_name="reason of the end"),
                ),
                (
                    "ended_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="ended by",
                    ),
                ),
                (
                    "supplier",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="pauses",
                        to="suppliers.supplier",
                        verbose_name="supplier",
                    ),
                ),
            ],
            options={
                "verbose_name": "pause",
                "verbose_name_plural": "pauses",
                "ordering": ["-id"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at", None)),
                        fields=("supplier",),
                        name="one_open_pause",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("trial_slots", 0), ("trial_at__isnull", False), _connector="OR"
                        ),
                        name="pause_slots_only_on_trial",
                    ),
                ],
            },
        ),
    ]
