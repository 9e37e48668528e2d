"""Points are earned by orders, and spent on them as a discount."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("kalegou", "0003_changed_limits_count_anew"),
    ]

    operations = [
        migrations.AddField(
            model_name="pointsrecord",
            name="reason",
            field=models.CharField(
                choices=[("reward", "earned by an order"), ("discount", "spent on an order")],
                db_default="reward",
                default="reward",
                max_length=8,
                verbose_name="what for",
            ),
        ),
    ]
