"""What guests leave with an order: a phone or an e-mail address."""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("kalegou", "0004_points_reason"),
        ("orders", "0010_orders_that_people_look_for"),
    ]

    operations = [
        migrations.CreateModel(
            name="OrderContact",
            fields=[
                (
                    "order",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="contact",
                        serialize=False,
                        to="orders.order",
                        verbose_name="order",
                    ),
                ),
                (
                    "phone",
                    models.CharField(blank=True, max_length=11, verbose_name="mobile number"),
                ),
                (
                    "email",
                    models.EmailField(blank=True, max_length=254, verbose_name="e-mail address"),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="at")),
            ],
            options={
                "verbose_name": "contact of an order",
                "verbose_name_plural": "contacts of orders",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("email", ""), ("phone", ""), _negated=True),
                        name="order_contact_reaches_somebody",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("phone", ""), ("phone__regex", "^1[3-9][0-9]{9}$"), _connector="OR"
                        ),
                        name="order_contact_phone_is_mainland_mobile",
                    ),
                ],
            },
        ),
    ]
