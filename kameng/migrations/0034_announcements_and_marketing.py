"""Announcements and who has read them, posters and texts, the dismissed checklist."""

from __future__ import annotations

import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("kameng", "0033_price_watch_follows_the_feed"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Poster",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("title", models.CharField(max_length=80, verbose_name="title")),
                (
                    "title_en",
                    models.CharField(blank=True, max_length=80, verbose_name="title in English"),
                ),
                (
                    "image",
                    models.FileField(
                        help_text="PNG or JPG, at most 5 MB and 4000 pixels a side.",
                        upload_to="posters",
                        verbose_name="picture",
                    ),
                ),
                ("qr_left", models.PositiveIntegerField(verbose_name="QR code: from the left")),
                ("qr_top", models.PositiveIntegerField(verbose_name="QR code: from the top")),
                (
                    "qr_size",
                    models.PositiveIntegerField(
                        help_text="In pixels, white margin included; at least 120, so that phones can read it.",
                        validators=[
                            django.core.validators.MinValueValidator(120),
                            django.core.validators.MaxValueValidator(4000),
                        ],
                        verbose_name="QR code: width",
                    ),
                ),
                (
                    "shows_code",
                    models.BooleanField(
                        default=True,
                        help_text="Written in a white strip below the QR code, a fifth of its height.",
                        verbose_name="invite code below",
                    ),
                ),
                ("is_shown", models.BooleanField(default=True, verbose_name="shown to agents")),
                ("position", models.PositiveSmallIntegerField(default=0, verbose_name="position")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="uploaded")),
            ],
            options={
                "verbose_name": "poster",
                "verbose_name_plural": "posters",
                "ordering": ["position", "id"],
            },
        ),
        migrations.CreateModel(
            name="Announcement",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("title", models.CharField(max_length=120, verbose_name="title")),
                (
                    "title_en",
                    models.CharField(blank=True, max_length=120, verbose_name="title in English"),
                ),
                ("body", models.TextField(max_length=5000, verbose_name="text")),
                (
                    "body_en",
                    models.TextField(blank=True, max_length=5000, verbose_name="text in English"),
                ),
                (
                    "importance",
                    models.CharField(
                        choices=[("normal", "normal"), ("important", "important: to be confirmed")],
                        default="normal",
                        help_text="An important one stands on every page until the agent has confirmed it.",
                        max_length=10,
                        verbose_name="importance",
                    ),
                ),
                ("is_pinned", models.BooleanField(default=False, verbose_name="pinned to the top")),
                ("shown_from", models.DateTimeField(verbose_name="shown from")),
                (
                    "shown_until",
                    models.DateTimeField(blank=True, null=True, verbose_name="shown until"),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="written")),
                (
                    "author",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="written by",
                    ),
                ),
                (
                    "tiers",
                    models.ManyToManyField(
                        blank=True,
                        help_text="None chosen: for all agents.",
                        related_name="+",
                        to="kameng.tier",
                        verbose_name="for tiers",
                    ),
                ),
            ],
            options={
                "verbose_name": "announcement",
                "verbose_name_plural": "announcements",
                "ordering": ["-is_pinned", "-shown_from", "-id"],
            },
        ),
        migrations.CreateModel(
            name="AnnouncementRead",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("read_at", models.DateTimeField(auto_now_add=True, verbose_name="read")),
                (
                    "confirmed_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="confirmed"),
                ),
                (
                    "agent",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="kameng.agent",
                        verbose_name="agent",
                    ),
                ),
                (
                    "announcement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="reads",
                        to="kameng.announcement",
                        verbose_name="announcement",
                    ),
                ),
            ],
            options={
                "verbose_name": "reader of an announcement",
                "verbose_name_plural": "readers of announcements",
            },
        ),
        migrations.CreateModel(
            name="ChecklistDismissal",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField(auto_now_add=True, verbose_name="at")),
                (
                    "agent",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="checklist_dismissal",
                        to="kameng.agent",
                        verbose_name="agent",
                    ),
                ),
            ],
            options={
                "verbose_name": "dismissed checklist",
                "verbose_name_plural": "dismissed checklists",
            },
        ),
        migrations.CreateModel(
            name="PromoText",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("title", models.CharField(max_length=80, verbose_name="title")),
                (
                    "title_en",
                    models.CharField(blank=True, max_length=80, verbose_name="title in English"),
                ),
                (
                    "body",
                    models.TextField(
                        help_text="{link} and {code} become the agent's own.",
                        max_length=2000,
                        verbose_name="text",
                    ),
                ),
                (
                    "body_en",
                    models.TextField(blank=True, max_length=2000, verbose_name="text in English"),
                ),
                ("is_shown", models.BooleanField(default=True, verbose_name="shown to agents")),
                ("position", models.PositiveSmallIntegerField(default=0, verbose_name="position")),
            ],
            options={
                "verbose_name": "promotion text",
                "verbose_name_plural": "promotion texts",
                "ordering": ["position", "id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("body__contains", "{link}"),
                            ("body__contains", "{code}"),
                            _connector="OR",
                        ),
                        name="promo_text_leads_somewhere",
                        violation_error_message="Write {link} or {code} where the agent's own goes.",
                    )
                ],
            },
        ),
        migrations.AddIndex(
            model_name="announcement",
            index=models.Index(fields=["-shown_from"], name="announcements_by_date"),
        ),
        migrations.AddConstraint(
            model_name="announcement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("shown_until__isnull", True),
                    ("shown_until__gt", models.F("shown_from")),
                    _connector="OR",
                ),
                name="announcement_dates",
                violation_error_message="The end is before the beginning.",
            ),
        ),
        migrations.AddConstraint(
            model_name="announcementread",
            constraint=models.UniqueConstraint(
                fields=("agent", "announcement"), name="announcement_read_once"
            ),
        ),
    ]
