"""Limits of what members order, by the level and by the member."""

from __future__ import annotations

from decimal import Decimal

import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("kalegou", "0001_tables"),
    ]

    operations = [
        migrations.AddField(
            model_name="member",
            name="own_daily_limit",
            field=models.DecimalField(
                blank=True,
                decimal_places=2,
                default=None,
                max_digits=20,
                null=True,
                validators=[django.core.validators.MinValueValidator(Decimal("0.01"))],
                verbose_name="own limit: a day",
            ),
        ),
        migrations.AddField(
            model_name="member",
            name="own_monthly_limit",
            field=models.DecimalField(
                blank=True,
                decimal_places=2,
                default=None,
                max_digits=20,
                null=True,
                validators=[django.core.validators.MinValueValidator(Decimal("0.01"))],
                verbose_name="own limit: a month",
            ),
        ),
        migrations.AddField(
            model_name="member",
            name="own_single_limit",
            field=models.DecimalField(
                blank=True,
                decimal_places=2,
                default=None,
                max_digits=20,
                null=True,
                validators=[django.core.validators.MinValueValidator(Decimal("0.01"))],
                verbose_name="own limit: one order",
            ),
        ),
        migrations.AddField(
            model_name="member",
            name="verified_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="verified"),
        ),
        migrations.AddField(
            model_name="memberlevel",
            name="daily_limit",
            field=models.DecimalField(
                blank=True,
                decimal_places=2,
                default=None,
                max_digits=20,
                null=True,
                validators=[django.core.validators.MinValueValidator(Decimal("0.01"))],
                verbose_name="a day at most",
            ),
        ),
        migrations.AddField(
            model_name="memberlevel",
            name="monthly_limit",
            field=models.DecimalField(
                blank=True,
                decimal_places=2,
                default=None,
                max_digits=20,
                null=True,
                validators=[django.core.validators.MinValueValidator(Decimal("0.01"))],
                verbose_name="a month at most",
            ),
        ),
        migrations.AddField(
            model_name="memberlevel",
            name="single_limit",
            field=models.DecimalField(
                blank=True,
                decimal_places=2,
                default=None,
                max_digits=20,
                null=True,
                validators=[django.core.validators.MinValueValidator(Decimal("0.01"))],
                verbose_name="one order at most",
            ),
        ),
        migrations.AddField(
            model_name="memberlevel",
            name="unverified_daily_limit",
            field=models.DecimalField(
                blank=True,
                decimal_places=2,
                default=Decimal("5000"),
                max_digits=20,
                null=True,
                validators=[django.core.validators.MinValueValidator(Decimal("0.01"))],
                verbose_name="unverified: a day",
            ),
        ),
        migrations.AddField(
            model_name="memberlevel",
            name="unverified_monthly_limit",
            field=models.DecimalField(
                blank=True,
                decimal_places=2,
                default=Decimal("20000"),
                max_digits=20,
                null=True,
                validators=[django.core.validators.MinValueValidator(Decimal("0.01"))],
                verbose_name="unverified: a month",
            ),
        ),
        migrations.AddField(
            model_name="memberlevel",
            name="unverified_single_limit",
            field=models.DecimalField(
                blank=True,
                decimal_places=2,
                default=Decimal("2000"),
                max_digits=20,
                null=True,
                validators=[django.core.validators.MinValueValidator(Decimal("0.01"))],
                verbose_name="unverified: one order",
            ),
        ),
    ]
