"""A card that staff take out of stock has an allocation without an order, and a reason."""

from __future__ import annotations

from django.contrib.postgres.operations import AddConstraintNotValid, ValidateConstraint
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    atomic = False  # the validation reads the whole table, and must hold no lock over it
    dependencies = [("catalog", "0002_stock_rules")]
    operations = [
        migrations.AlterField(
            model_name="cardallocation",
            name="order_id",
            field=models.BigIntegerField(db_index=True, null=True),
        ),
        migrations.AddField(
            model_name="cardallocation",
            name="withdrawn_why",
            field=models.CharField(blank=True, db_default="", default="", max_length=200),
        ),
        AddConstraintNotValid(
            model_name="cardallocation",
            constraint=models.CheckConstraint(
                condition=Q(order_id__isnull=False, withdrawn_why="")
                | (Q(order_id__isnull=True) & ~Q(withdrawn_why="")),
                name="allocation_sold_or_withdrawn",
            ),
        ),
        ValidateConstraint(model_name="cardallocation", name="allocation_sold_or_withdrawn"),
    ]
