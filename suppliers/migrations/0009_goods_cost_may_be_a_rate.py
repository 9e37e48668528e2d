"""A line of a price list may charge any amount, at a cost for each yuan of face value."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("suppliers", "0008_price_lists"),
    ]

    operations = [
        migrations.AddField(
            model_name="suppliergoods",
            name="is_rate",
            field=models.BooleanField(default=False, verbose_name="cost is a rate"),
        ),
    ]
