"""Applications keep their numbers sealed only, and their documents as rows."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("kameng", "0027_seal_applications"),
    ]

    operations = [
        migrations.RemoveField(model_name="application", name="document"),
        # With a default, so that it can come back to rows that are there.
        migrations.AlterField(
            model_name="application",
            name="legal_id",
            field=models.CharField(default="", max_length=40),
        ),
        migrations.RemoveField(model_name="application", name="legal_id"),
        migrations.AlterField(
            model_name="application", name="sealed_legal_id", field=models.BinaryField()
        ),
        migrations.AlterField(
            model_name="application",
            name="legal_id_mark",
            field=models.BinaryField(db_index=True),
        ),
        migrations.AlterField(
            model_name="application",
            name="masked_legal_id",
            field=models.CharField(max_length=40, verbose_name="ID or licence number"),
        ),
    ]
