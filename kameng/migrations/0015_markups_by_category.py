"""An upline may add another share in a category than for everything."""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("kameng", "0014_transfers"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="downlinemarkup",
            name="markup_once",
        ),
        migrations.AddField(
            model_name="downlinemarkup",
            name="category",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="markups",
                to="catalog.category",
                verbose_name="category",
            ),
        ),
        migrations.AddConstraint(
            model_name="downlinemarkup",
            constraint=models.UniqueConstraint(
                fields=("upline", "category", "sku"), name="markup_once_each", nulls_distinct=False
            ),
        ),
        migrations.AddConstraint(
            model_name="downlinemarkup",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("category__isnull", True), ("sku__isnull", True), _connector="OR"
                ),
                name="markup_of_one_thing",
            ),
        ),
    ]
