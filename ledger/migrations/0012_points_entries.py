"""Entries of points: gifts, and points that ran out."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0011_aftersale_entries"),
    ]

    operations = [
        migrations.AlterField(
            model_name="entry",
            name="kind",
            field=models.CharField(
                choices=[
                    ("deposit", "deposit"),
                    ("deposit_transfer", "deposit transfer"),
                    ("payment", "payment"),
                    ("order_placed", "order placed"),
                    ("order_completed", "order completed"),
                    ("order_refunded", "order refunded"),
                    ("refund_confirmed", "refund confirmed"),
                    ("refund_settled", "refund paid another way"),
                    ("gateway_loss", "refund paid twice"),
                    ("commission_settled", "commission settled"),
                    ("commission_reversed", "commission taken back"),
                    ("withdrawal", "withdrawal"),
                    ("points", "points"),
                    ("points_gift", "points as a gift"),
                    ("points_expired", "points ran out"),
                    ("stock_purchase", "stock purchase"),
                    ("supplier_loss", "late success booked as a loss"),
                    ("fee", "fee"),
                    ("adjustment", "adjustment"),
                    ("reconciliation", "reconciliation"),
                    ("order_replaced", "goods replaced"),
                    ("supplier_claim", "claim granted by a supplier"),
                    ("reversal", "reversal"),
                    ("play_money", "play money"),
                ],
                max_length=24,
                verbose_name="kind",
            ),
        ),
    ]
