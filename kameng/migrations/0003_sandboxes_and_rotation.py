"""Sandboxes of agents, keys of the sandbox, keys that end by themselves."""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("kameng", "0002_policy_rules"),
        ("ledger", "0004_play_money"),
    ]

    operations = [
        migrations.AddField(
            model_name="apikey",
            name="expires_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="good until"),
        ),
        migrations.AddField(
            model_name="apikey",
            name="is_sandbox",
            field=models.BooleanField(default=False, editable=False, verbose_name="sandbox"),
        ),
        migrations.CreateModel(
            name="Sandbox",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                (
                    "agent",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="sandbox",
                        to="kameng.agent",
                        verbose_name="agent",
                    ),
                ),
                (
                    "wallet",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="ledger.account",
                    ),
                ),
            ],
            options={
                "verbose_name": "sandbox",
                "verbose_name_plural": "sandboxes",
            },
        ),
    ]
