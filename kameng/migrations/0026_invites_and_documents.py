"""Invite links, documents of applications, renewals."""

from __future__ import annotations

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("kameng", "0025_bank_transfer_rules"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="InviteVisit",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("on", models.DateField(verbose_name="day")),
                ("count", models.PositiveIntegerField(default=0, verbose_name="people")),
            ],
            options={
                "verbose_name": "visit by invitation",
                "verbose_name_plural": "visits by invitation",
            },
        ),
        migrations.AddField(
            model_name="application",
            name="corrects",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="kameng.application",
                verbose_name="corrects",
            ),
        ),
        migrations.AddField(
            model_name="application",
            name="legal_id_mark",
            field=models.BinaryField(db_index=True, null=True),
        ),
        migrations.AddField(
            model_name="application",
            name="legal_until",
            field=models.DateField(
                blank=True, null=True, verbose_name="the document is valid until"
            ),
        ),
        migrations.AddField(
            model_name="application",
            name="masked_legal_id",
            field=models.CharField(
                blank=True, default="", max_length=40, verbose_name="ID or licence number"
            ),
        ),
        migrations.AddField(
            model_name="application",
            name="renews",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="renewals",
                to="kameng.agent",
                verbose_name="renews the papers of",
            ),
        ),
        migrations.AddField(
            model_name="application",
            name="sealed_legal_id",
            field=models.BinaryField(null=True),
        ),
        migrations.AlterField(
            model_name="application",
            name="status",
            field=models.CharField(
                choices=[
                    ("pending", "under review"),
                    ("approved", "approved"),
                    ("rejected", "rejected"),
                    ("withdrawn", "withdrawn"),
                ],
                default="pending",
                max_length=10,
                verbose_name="status",
            ),
        ),
        migrations.AddField(
            model_name="diligence",
            name="told_days",
            field=models.PositiveSmallIntegerField(
                blank=True, null=True, verbose_name="reminded, days before"
            ),
        ),
        migrations.CreateModel(
            name="Document",
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
                            ("id_front", "ID card, side with the photo"),
                            ("id_back", "ID card, side with the emblem"),
                            ("licence", "Business licence"),
                            ("representative", "ID card of the legal representative"),
                            ("authorisation", "Letter of authorisation"),
                            ("other", "Anything else that helps"),
                        ],
                        max_length=16,
                        verbose_name="kind",
                    ),
                ),
                ("file", models.FileField(upload_to="applications/%Y/%m", verbose_name="file")),
                ("sha256", models.CharField(blank=True, db_index=True, max_length=64)),
                (
                    "must_replace",
                    models.BooleanField(default=False, verbose_name="must be replaced"),
                ),
                ("uploaded_at", models.DateTimeField(verbose_name="uploaded")),
                (
                    "application",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="documents",
                        to="kameng.application",
                        verbose_name="application",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="documents",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="person",
                    ),
                ),
            ],
            options={
                "verbose_name": "document",
                "verbose_name_plural": "documents",
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="InviteLink",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.CharField(max_length=16, unique=True, verbose_name="invite code")),
                ("name", models.CharField(max_length=60, verbose_name="name")),
                ("expires_on", models.DateField(blank=True, null=True, verbose_name="last day")),
                (
                    "max_uses",
                    models.PositiveIntegerField(
                        blank=True, null=True, verbose_name="people at most"
                    ),
                ),
                ("is_on", models.BooleanField(default=True, verbose_name="switched on")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="made")),
                (
                    "agent",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="invite_links",
                        to="kameng.agent",
                        verbose_name="agent",
                    ),
                ),
                (
                    "tier",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="kameng.tier",
                        verbose_name="tier",
                    ),
                ),
            ],
            options={
                "verbose_name": "invite link",
                "verbose_name_plural": "invite links",
                "ordering": ["-id"],
            },
        ),
        migrations.AddField(
            model_name="application",
            name="invite_link",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="applications",
                to="kameng.invitelink",
                verbose_name="invite link",
            ),
        ),
        migrations.AddIndex(
            model_name="application",
            index=models.Index(
                condition=models.Q(("status", "pending")),
                fields=["created_at"],
                name="applications_waiting",
            ),
        ),
        migrations.AddIndex(
            model_name="application",
            index=models.Index(fields=["contact_phone"], name="kameng_appl_contact_d5ab00_idx"),
        ),
        migrations.AddField(
            model_name="invitevisit",
            name="agent",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="invite_visits",
                to="kameng.agent",
                verbose_name="agent",
            ),
        ),
        migrations.AddField(
            model_name="invitevisit",
            name="link",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="visits",
                to="kameng.invitelink",
                verbose_name="invite link",
            ),
        ),
        migrations.AddConstraint(
            model_name="document",
            constraint=models.UniqueConstraint(
                fields=("application", "kind"), name="one_document_of_a_kind"
            ),
        ),
        migrations.AddConstraint(
            model_name="document",
            constraint=models.UniqueConstraint(
                condition=models.Q(("application", None)),
                fields=("owner", "kind"),
                name="one_draft_document_of_a_kind",
            ),
        ),
        migrations.AddConstraint(
            model_name="invitelink",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("max_uses__isnull", True), ("max_uses__gt", 0), _connector="OR"
                ),
                name="invite_link_some_uses",
            ),
        ),
        migrations.AddConstraint(
            model_name="invitevisit",
            constraint=models.UniqueConstraint(
                fields=("agent", "link", "on"), name="invite_visits_of_a_day", nulls_distinct=False
            ),
        ),
    ]
