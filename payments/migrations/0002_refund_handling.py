"""What staff do about a refund that the gateway refused; written once, like the books."""

from __future__ import annotations

import django.db.models.deletion
import django.db.models.functions.comparison
from django.conf import settings
from django.db import migrations, models

APPEND_ONLY = """
CREATE TRIGGER refund_handling_is_append_only BEFORE UPDATE OR DELETE ON payments_refundhandling
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""
CHANGEABLE = "DROP TRIGGER refund_handling_is_append_only ON payments_refundhandling;"


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0001_tables"),
        ("users", "0002_audit_is_append_only"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="RefundHandling",
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
                            ("sent_again", "sent again under a new number"),
                            ("by_hand", "paid by bank transfer"),
                            ("wallet", "paid into the buyer's wallet"),
                        ],
                        max_length=12,
                        verbose_name="how",
                    ),
                ),
                ("reason", models.CharField(max_length=200, verbose_name="reason")),
                (
                    "paid_on",
                    models.DateField(blank=True, null=True, verbose_name="date of the transfer"),
                ),
                (
                    "bank_reference",
                    models.CharField(
                        blank=True, max_length=64, verbose_name="reference of the transfer"
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="settled")),
            ],
            options={
                "verbose_name": "settlement of a refund",
                "verbose_name_plural": "settlements of refunds",
                "ordering": ["-id"],
            },
        ),
        migrations.AddField(
            model_name="paymentrefund",
            name="is_paid_twice",
            field=models.BooleanField(default=False, verbose_name="paid twice"),
        ),
        migrations.AddField(
            model_name="paymentrefund",
            name="late_done_at",
            field=models.DateTimeField(
                blank=True, null=True, verbose_name="paid by the gateway after all"
            ),
        ),
        migrations.AddField(
            model_name="paymentrefund",
            name="original",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="later_numbers",
                to="payments.paymentrefund",
                verbose_name="first sent as",
            ),
        ),
        migrations.AlterField(
            model_name="paymentrefund",
            name="status",
            field=models.CharField(
                choices=[
                    ("pending", "on its way"),
                    ("done", "refunded"),
                    ("failed", "needs a person"),
                    ("replaced", "sent again under a new number"),
                    ("by_hand", "paid by hand"),
                    ("in_wallet", "paid into the wallet"),
                ],
                default="pending",
                max_length=10,
                verbose_name="status",
            ),
        ),
        migrations.AddConstraint(
            model_name="paymentrefund",
            constraint=models.UniqueConstraint(
                django.db.models.functions.comparison.Coalesce("original", "id"),
                condition=models.Q(("status", "replaced"), _negated=True),
                name="refund_counts_once",
            ),
        ),
        migrations.AddField(
            model_name="refundhandling",
            name="actor",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="settled by",
            ),
        ),
        migrations.AddField(
            model_name="refundhandling",
            name="refund",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="handling",
                to="payments.paymentrefund",
                verbose_name="gateway refund",
            ),
        ),
        migrations.AddField(
            model_name="refundhandling",
            name="successor",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="replaces",
                to="payments.paymentrefund",
                verbose_name="sent again as",
            ),
        ),
        migrations.AddConstraint(
            model_name="refundhandling",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "sent_again"), ("successor__isnull", False)),
                    models.Q(
                        ("kind", "by_hand"),
                        ("paid_on__isnull", False),
                        ("successor__isnull", True),
                        models.Q(("bank_reference", ""), _negated=True),
                    ),
                    models.Q(("kind", "wallet"), ("successor__isnull", True)),
                    _connector="OR",
                ),
                name="refund_handling_says_how",
            ),
        ),
        migrations.AddConstraint(
            model_name="refundhandling",
            constraint=models.UniqueConstraint(
                condition=models.Q(("kind", "by_hand")),
                fields=("bank_reference",),
                name="refund_transfer_booked_once",
            ),
        ),
        migrations.RunSQL(APPEND_ONLY, CHANGEABLE),
    ]
