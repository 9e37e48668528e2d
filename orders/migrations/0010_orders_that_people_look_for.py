"""Indexes of the few orders that a buyer looks for among the many: built beside the traffic."""

from __future__ import annotations

from django.contrib.postgres.indexes import OpClass
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models.fields.json import KeyTextTransform


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("orders", "0009_order_by_finish")]
    operations = [
        AddIndexConcurrently(
            model_name="order",
            index=models.Index(
                condition=models.Q(("status__in", ["paid", "fulfilling"])),
                fields=["buyer", "-id"],
                name="order_open_of_buyer",
            ),
        ),
        AddIndexConcurrently(
            model_name="order",
            index=models.Index(
                condition=models.Q(("status", "failed")),
                fields=["buyer", "-id"],
                name="order_failed_of_buyer",
            ),
        ),
        AddIndexConcurrently(
            model_name="order",
            index=models.Index(
                models.F("buyer"),
                OpClass(KeyTextTransform("phone", "account"), "text_pattern_ops"),
                condition=models.Q(("kind", "topup")),
                name="order_of_buyer_by_phone",
            ),
        ),
    ]
