"""One-time codes, and text messages on their way."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("users", "0003_notices_and_mail"),
    ]

    operations = [
        migrations.CreateModel(
            name="OneTimeCode",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "purpose",
                    models.CharField(
                        choices=[
                            ("log_in", "logging in"),
                            ("new_password", "a new password"),
                            ("confirm", "confirming who it is"),
                            ("find_order", "finding an order"),
                        ],
                        max_length=20,
                        verbose_name="for",
                    ),
                ),
                ("phone", models.CharField(max_length=11, verbose_name="mobile number")),
                ("subject", models.CharField(blank=True, max_length=40, verbose_name="about")),
                ("code_hash", models.CharField(max_length=64)),
                ("is_decoy", models.BooleanField(default=False, verbose_name="never sent")),
                ("tries_left", models.PositiveSmallIntegerField(verbose_name="tries left")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="at")),
                ("expires_at", models.DateTimeField(verbose_name="good until")),
                ("used_at", models.DateTimeField(blank=True, null=True, verbose_name="used")),
            ],
            options={
                "verbose_name": "one-time code",
                "verbose_name_plural": "one-time codes",
                "ordering": ["-id"],
                "indexes": [
                    models.Index(fields=["phone", "purpose", "-id"], name="code_of_phone"),
                    models.Index(fields=["created_at"], name="code_by_age"),
                ],
            },
        ),
        migrations.CreateModel(
            name="OutgoingText",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("phone", models.CharField(max_length=11, verbose_name="mobile number")),
                (
                    "email",
                    models.EmailField(blank=True, max_length=254, verbose_name="e-mail address"),
                ),
                (
                    "purpose",
                    models.CharField(
                        choices=[
                            ("log_in", "logging in"),
                            ("new_password", "a new password"),
                            ("confirm", "confirming who it is"),
                            ("find_order", "finding an order"),
                        ],
                        max_length=20,
                        verbose_name="for",
                    ),
                ),
                ("sealed_code", models.BinaryField(null=True)),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                ("expires_at", models.DateTimeField(verbose_name="of use until")),
                ("attempts", models.PositiveSmallIntegerField(default=0, verbose_name="attempts")),
                (
                    "next_attempt_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="next attempt"),
                ),
                ("sent_at", models.DateTimeField(blank=True, null=True, verbose_name="sent")),
                (
                    "receipt",
                    models.CharField(blank=True, max_length=80, verbose_name="provider's receipt"),
                ),
                ("problem", models.CharField(blank=True, max_length=80, verbose_name="problem")),
            ],
            options={
                "verbose_name": "text message",
                "verbose_name_plural": "text messages",
                "ordering": ["-id"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("next_attempt_at__isnull", False)),
                        fields=["next_attempt_at"],
                        name="text_due",
                    ),
                    models.Index(fields=["created_at"], name="text_by_age"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("next_attempt_at__isnull", False),
                            ("sealed_code__isnull", True),
                            _connector="OR",
                        ),
                        name="text_forgets_its_code",
                    )
                ],
            },
        ),
    ]
