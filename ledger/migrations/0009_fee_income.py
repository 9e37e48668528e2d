"""An account for fees that people pay us."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0008_account_rules_by_trigger"),
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
                    ("fee_income", "fee income"),
                    ("supplier_loss", "supplier loss"),
                    ("supplier_claim", "claim against a supplier"),
                    ("gateway_loss", "gateway loss"),
                    ("gateway_claim", "claim against a gateway"),
                    ("play_issued", "play money issued"),
                ],
                max_length=24,
                verbose_name="kind",
            ),
        ),
    ]
