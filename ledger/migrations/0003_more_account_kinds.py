"""Accounts and entries of refunds that staff settle, and of reconciliation."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0002_ledger_rules"),
    ]

    operations = [
        migrations.AlterField(
            model_name="account",
            name="kind",
            field=models.CharField(
                choices=[
                    ("wallet", "wallet"),
                    ("points", "points"),
                    ("escrow", "escrow"),
                    ("revenue", "revenue"),
                    ("cost", "cost of goods"),
                    ("inventory", "inventory"),
                    ("supplier", "supplier"),
                    ("commission_expense", "commission expense"),
                    ("commission_payable", "commission payable"),
                    ("cash", "cash"),
                    ("refund_clearing", "refund clearing"),
                    ("withdrawal", "withdrawal"),
                    ("points_issued", "points issued"),
                    ("promotion_expense", "promotion expense"),
                    ("fee_expense", "fee expense"),
                    ("supplier_loss", "supplier loss"),
                    ("supplier_claim", "claim against a supplier"),
                    ("gateway_loss", "gateway loss"),
                    ("gateway_claim", "claim against a gateway"),
                ],
                max_length=24,
                verbose_name="kind",
            ),
        ),
        migrations.AlterField(
            model_name="entry",
            name="kind",
            field=models.CharField(
                choices=[
                    ("deposit", "deposit"),
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
                    ("stock_purchase", "stock purchase"),
                    ("supplier_loss", "late success booked as a loss"),
                    ("fee", "fee"),
                    ("adjustment", "adjustment"),
                    ("reconciliation", "reconciliation"),
                    ("reversal", "reversal"),
                ],
                max_length=24,
                verbose_name="kind",
            ),
        ),
    ]
