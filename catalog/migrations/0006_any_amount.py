"""Top-ups of any amount: a SKU whose buyer types it."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0005_search_keys_of_all_products"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="sku",
            name="sku_topup_is_one_at_a_time",
        ),
        migrations.AddField(
            model_name="sku",
            name="is_any_amount",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="Of a phone top-up: the buyer types the amount. The face value is the step, least and most at once are counted in steps. The offers' suppliers must take any amount.",
                verbose_name="any amount",
            ),
        ),
        migrations.AddConstraint(
            model_name="sku",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("is_any_amount", False), ("kind", "card")),
                    models.Q(("kind", "topup"), ("max_quantity", 1)),
                    models.Q(("is_any_amount", True), ("kind", "topup")),
                    _connector="OR",
                ),
                name="sku_topup_is_one_or_any_amount",
            ),
        ),
    ]
