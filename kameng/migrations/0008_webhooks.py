"""Webhooks of agents: endpoints, events, deliveries, their log; watched balances and prices."""

from __future__ import annotations

import django.contrib.postgres.fields
import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("kameng", "0007_changed_limits_count_anew"),
        ("orders", "0007_spending"),
    ]

    operations = [
        migrations.AddField(
            model_name="ordercallback",
            name="resent_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="sent again"),
        ),
        migrations.CreateModel(
            name="BalanceWatch",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "threshold",
                    models.DecimalField(decimal_places=4, max_digits=20, verbose_name="threshold"),
                ),
                ("is_low", models.BooleanField(default=False, verbose_name="low")),
                (
                    "agent",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="balance_watch",
                        to="kameng.agent",
                        verbose_name="agent",
                    ),
                ),
            ],
            options={
                "verbose_name": "balance watch",
                "verbose_name_plural": "balance watches",
            },
        ),
        migrations.CreateModel(
            name="Endpoint",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key_id", models.CharField(max_length=40, unique=True, verbose_name="key")),
                ("url", models.URLField(max_length=500, verbose_name="address")),
                ("label", models.CharField(blank=True, max_length=60, verbose_name="label")),
                (
                    "events",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("order.finished", "order finished"),
                                ("order.refunded", "order refunded"),
                                ("balance.low", "balance low"),
                                ("price.changed", "price changed"),
                                ("product.off_shelf", "product off shelf"),
                                ("product.on_shelf", "product on shelf"),
                                ("test", "test"),
                            ],
                            max_length=24,
                        ),
                        size=None,
                        verbose_name="events",
                    ),
                ),
                (
                    "is_sandbox",
                    models.BooleanField(default=False, editable=False, verbose_name="sandbox"),
                ),
                ("sealed_secret", models.BinaryField()),
                ("sealed_next_secret", models.BinaryField(null=True)),
                (
                    "switch_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="new secret from"),
                ),
                (
                    "pause_reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("agent", "paused by you"),
                            ("failing", "paused by itself: it failed for days"),
                        ],
                        max_length=8,
                        verbose_name="paused",
                    ),
                ),
                (
                    "paused_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="paused at"),
                ),
                (
                    "failures",
                    models.PositiveIntegerField(default=0, verbose_name="failures in a row"),
                ),
                (
                    "failing_since",
                    models.DateTimeField(blank=True, null=True, verbose_name="failing since"),
                ),
                (
                    "quiet_until",
                    models.DateTimeField(blank=True, null=True, verbose_name="quiet until"),
                ),
                (
                    "last_success_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="last success"),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                ("deleted_at", models.DateTimeField(blank=True, null=True, verbose_name="deleted")),
                (
                    "agent",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="endpoints",
                        to="kameng.agent",
                        verbose_name="agent",
                    ),
                ),
            ],
            options={
                "verbose_name": "webhook endpoint",
                "verbose_name_plural": "webhook endpoints",
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="PriceWatch",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("told", models.JSONField(default=dict)),
                (
                    "compared_at",
                    models.DateTimeField(
                        db_index=True, default=django.utils.timezone.now, verbose_name="compared"
                    ),
                ),
                (
                    "agent",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="price_watch",
                        to="kameng.agent",
                        verbose_name="agent",
                    ),
                ),
            ],
            options={
                "verbose_name": "price watch",
                "verbose_name_plural": "price watches",
            },
        ),
        migrations.CreateModel(
            name="WebhookEvent",
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
                            ("order.finished", "order finished"),
                            ("order.refunded", "order refunded"),
                            ("balance.low", "balance low"),
                            ("price.changed", "price changed"),
                            ("product.off_shelf", "product off shelf"),
                            ("product.on_shelf", "product on shelf"),
                            ("test", "test"),
                        ],
                        max_length=24,
                        verbose_name="event",
                    ),
                ),
                ("payload", models.JSONField(verbose_name="content")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="at")),
                (
                    "agent",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="webhook_events",
                        to="kameng.agent",
                        verbose_name="agent",
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="webhook_events",
                        to="orders.order",
                        verbose_name="order",
                    ),
                ),
            ],
            options={
                "verbose_name": "webhook event",
                "verbose_name_plural": "webhook events",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="Delivery",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("stream", models.CharField(max_length=40)),
                ("attempts", models.PositiveSmallIntegerField(default=0, verbose_name="attempts")),
                (
                    "next_attempt_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="next attempt"),
                ),
                ("leased_until", models.DateTimeField(blank=True, null=True)),
                (
                    "started_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="started"),
                ),
                (
                    "delivered_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="told at"),
                ),
                (
                    "given_up_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="given up"),
                ),
                (
                    "last_status",
                    models.PositiveSmallIntegerField(
                        blank=True, null=True, verbose_name="last answer"
                    ),
                ),
                (
                    "last_error",
                    models.CharField(blank=True, max_length=20, verbose_name="last problem"),
                ),
                (
                    "endpoint",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="deliveries",
                        to="kameng.endpoint",
                        verbose_name="webhook endpoint",
                    ),
                ),
                (
                    "event",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="deliveries",
                        to="kameng.webhookevent",
                        verbose_name="event",
                    ),
                ),
            ],
            options={
                "verbose_name": "webhook delivery",
                "verbose_name_plural": "webhook deliveries",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="DeliveryAttempt",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField(auto_now_add=True, verbose_name="at")),
                ("number", models.PositiveSmallIntegerField(verbose_name="attempt")),
                ("url", models.CharField(max_length=500, verbose_name="address")),
                ("headers", models.JSONField(default=dict, verbose_name="headers")),
                ("body", models.TextField(blank=True, verbose_name="body")),
                (
                    "status",
                    models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="answer"),
                ),
                ("error", models.CharField(blank=True, max_length=20, verbose_name="problem")),
                ("answer", models.TextField(blank=True, verbose_name="answer's body")),
                (
                    "duration_ms",
                    models.PositiveIntegerField(default=0, verbose_name="duration (ms)"),
                ),
                (
                    "callback",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="log",
                        to="kameng.ordercallback",
                    ),
                ),
                (
                    "delivery",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="log",
                        to="kameng.delivery",
                    ),
                ),
            ],
            options={
                "verbose_name": "webhook attempt",
                "verbose_name_plural": "webhook attempts",
                "ordering": ["-id"],
                "indexes": [models.Index(fields=["at"], name="attempt_by_age")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("callback__isnull", False), ("delivery__isnull", True)),
                            models.Q(("callback__isnull", True), ("delivery__isnull", False)),
                            _connector="OR",
                        ),
                        name="attempt_of_one_thing",
                    )
                ],
            },
        ),
        migrations.AddIndex(
            model_name="endpoint",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", True)),
                fields=["agent"],
                name="endpoint_of_agent",
            ),
        ),
        migrations.AddConstraint(
            model_name="endpoint",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("pause_reason", ""), ("paused_at__isnull", True)),
                    models.Q(
                        ("paused_at__isnull", False), models.Q(("pause_reason", ""), _negated=True)
                    ),
                    _connector="OR",
                ),
                name="endpoint_pause_has_reason",
            ),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(
                condition=models.Q(("next_attempt_at__isnull", False)),
                fields=["next_attempt_at"],
                name="delivery_due",
            ),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(
                condition=models.Q(("next_attempt_at__isnull", False)),
                fields=["endpoint", "stream", "id"],
                name="delivery_before",
            ),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(fields=["endpoint", "-id"], name="delivery_of_endpoint"),
        ),
        migrations.AddConstraint(
            model_name="delivery",
            constraint=models.UniqueConstraint(fields=("event", "endpoint"), name="delivery_once"),
        ),
        migrations.AddConstraint(
            model_name="delivery",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("delivered_at__isnull", True), ("given_up_at__isnull", True), _connector="OR"
                ),
                name="delivery_ends_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="delivery",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("next_attempt_at__isnull", False),
                        ("delivered_at__isnull", True),
                        ("given_up_at__isnull", True),
                    ),
                    models.Q(
                        ("next_attempt_at__isnull", True),
                        models.Q(
                            ("delivered_at__isnull", False),
                            ("given_up_at__isnull", False),
                            _connector="OR",
                        ),
                    ),
                    _connector="OR",
                ),
                name="delivery_waits_or_has_ended",
            ),
        ),
    ]
