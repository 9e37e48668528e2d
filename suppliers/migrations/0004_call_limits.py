from __future__ import annotations

import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("suppliers", "0003_gates"),
    ]

    operations = [
        migrations.AddField(
            model_name="supplier",
            name="breaker_after",
            field=models.PositiveSmallIntegerField(
                default=5,
                help_text="In a row; 0: never. Nothing is sent then until a try is answered.",
                verbose_name="stop after calls without an answer",
            ),
        ),
        migrations.AddField(
            model_name="supplier",
            name="breaker_open_seconds",
            field=models.FloatField(
                default=30,
                validators=[django.core.validators.MinValueValidator(0.1)],
                verbose_name="first try again after (s)",
            ),
        ),
        migrations.AddField(
            model_name="supplier",
            name="calls_at_once",
            field=models.PositiveSmallIntegerField(
                default=8,
                help_text="0: no limit. Keep it well below the workers' threads.",
                verbose_name="calls at once",
            ),
        ),
        migrations.AddField(
            model_name="supplier",
            name="calls_per_second",
            field=models.DecimalField(
                decimal_places=2,
                default=0,
                help_text="0: no limit. More wait their turn; nothing is lost.",
                max_digits=8,
                validators=[django.core.validators.MinValueValidator(0)],
                verbose_name="calls per second",
            ),
        ),
    ]
