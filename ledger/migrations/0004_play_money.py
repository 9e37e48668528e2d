"""A unit for play money, which has accounts of its own kinds only."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0003_more_account_kinds"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
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
                    ("play_issued", "play money issued"),
                ],
                max_length=24,
                verbose_name="kind",
            ),
        ),
        migrations.AlterField(
            model_name="account",
            name="unit",
            field=models.CharField(
                choices=[("CNY", "yuan"), ("POINT", "points"), ("PLAY", "play money")],
                default="CNY",
                max_length=8,
                verbose_name="unit",
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
                    ("play_money", "play money"),
                ],
                max_length=24,
                verbose_name="kind",
            ),
        ),
        migrations.AlterField(
            model_name="posting",
            name="unit",
            field=models.CharField(
                choices=[("CNY", "yuan"), ("POINT", "points"), ("PLAY", "play money")],
                max_length=8,
                verbose_name="unit",
            ),
        ),
        AddConstraintNotValid(
            model_name="account",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        (
                            "kind__in",
                            (
                                "wallet",
                                "escrow",
                                "revenue",
                                "cost",
                                "supplier",
                                "supplier_loss",
                                "play_issued",
                            ),
                        ),
                        ("unit", "PLAY"),
                    ),
                    models.Q(
                        models.Q(("unit", "PLAY"), _negated=True),
                        models.Q(("kind", "play_issued"), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="account_of_play_money",
            ),
        ),
    ]
