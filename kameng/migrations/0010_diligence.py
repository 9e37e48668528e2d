"""Due diligence: who stands behind each agent, and until when."""

from __future__ import annotations

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("kameng", "0009_docked_orders"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Diligence",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "legal_kind",
                    models.CharField(
                        choices=[("person", "person"), ("company", "company")],
                        max_length=8,
                        verbose_name="applies as",
                    ),
                ),
                ("legal_name", models.CharField(max_length=100, verbose_name="legal name")),
                ("sealed_legal_id", models.BinaryField()),
                ("legal_id_mark", models.BinaryField(db_index=True)),
                (
                    "masked_legal_id",
                    models.CharField(max_length=40, verbose_name="ID or licence number"),
                ),
                ("contact_phone", models.CharField(max_length=11, verbose_name="mobile number")),
                ("valid_until", models.DateField(verbose_name="valid until")),
                (
                    "accepted_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="accepted"
                    ),
                ),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="replaced")),
                ("lapsed_at", models.DateTimeField(blank=True, null=True, verbose_name="ran out")),
                (
                    "accepted_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="accepted by",
                    ),
                ),
                (
                    "agent",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="diligence",
                        to="kameng.agent",
                        verbose_name="agent",
                    ),
                ),
                (
                    "application",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="diligence",
                        to="kameng.application",
                        verbose_name="application",
                    ),
                ),
            ],
            options={
                "verbose_name": "due diligence",
                "verbose_name_plural": "due diligence",
                "ordering": ["valid_until"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("ended_at", None)),
                        fields=["valid_until"],
                        name="diligence_runs_out",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at", None)),
                        fields=("agent",),
                        name="one_diligence_in_force",
                    )
                ],
            },
        ),
    ]
