"""Coupons: what staff offer, who has one, and which order each was used on."""

from __future__ import annotations

from decimal import Decimal

import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0003_withdrawn_cards"),
        ("kalegou", "0007_topup_plans"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Coupon",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=100, verbose_name="name")),
                (
                    "name_en",
                    models.CharField(blank=True, max_length=100, verbose_name="English name"),
                ),
                (
                    "code",
                    models.CharField(
                        help_text="Capital letters, digits, hyphens. Members type it if the coupon is public.",
                        max_length=30,
                        unique=True,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^[A-Z0-9][A-Z0-9-]{2,29}$",
                                "3 to 30 capital letters, digits and hyphens, please.",
                            )
                        ],
                        verbose_name="code",
                    ),
                ),
                (
                    "is_public",
                    models.BooleanField(
                        default=True,
                        help_text="Who knows the code may use it. Otherwise only whom you grant it to.",
                        verbose_name="public",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("fixed", "an amount"), ("percent", "a share of the price")],
                        max_length=8,
                        verbose_name="takes off",
                    ),
                ),
                (
                    "amount",
                    models.DecimalField(
                        blank=True,
                        decimal_places=2,
                        help_text="Yuan.",
                        max_digits=12,
                        null=True,
                        verbose_name="amount",
                    ),
                ),
                (
                    "percent",
                    models.DecimalField(
                        blank=True,
                        decimal_places=2,
                        help_text="Of the order at the member's price: 10 takes a tenth off.",
                        max_digits=5,
                        null=True,
                        verbose_name="per cent",
                    ),
                ),
                (
                    "cap",
                    models.DecimalField(
                        blank=True,
                        decimal_places=2,
                        help_text="The most yuan that a share takes off one order.",
                        max_digits=12,
                        null=True,
                        verbose_name="at most",
                    ),
                ),
                (
                    "min_spend",
                    models.DecimalField(
                        decimal_places=2,
                        default=0,
                        help_text="Yuan, at the member's price, before points; 0: any order.",
                        max_digits=12,
                        verbose_name="order from",
                    ),
                ),
                (
                    "scope",
                    models.CharField(
                        choices=[
                            ("all", "all goods"),
                            ("categories", "these categories"),
                            ("products", "these products"),
                            ("skus", "these SKUs"),
                        ],
                        default="all",
                        max_length=10,
                        verbose_name="for",
                    ),
                ),
                (
                    "starts_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="usable from"
                    ),
                ),
                (
                    "ends_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="usable until"),
                ),
                (
                    "valid_days",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        help_text="One that a member has lasts so many days, and never beyond the end above.",
                        null=True,
                        verbose_name="days for who gets one",
                    ),
                ),
                (
                    "budget",
                    models.DecimalField(
                        blank=True,
                        decimal_places=2,
                        help_text="The most yuan that all orders together get off; empty: no limit.",
                        max_digits=14,
                        null=True,
                        verbose_name="budget",
                    ),
                ),
                (
                    "max_uses",
                    models.PositiveIntegerField(
                        blank=True,
                        help_text="The most orders; empty: no limit.",
                        null=True,
                        verbose_name="orders",
                    ),
                ),
                (
                    "per_member",
                    models.PositiveSmallIntegerField(
                        default=1,
                        help_text="By the code. One that you grant is for one order more.",
                        verbose_name="orders of one member",
                    ),
                ),
                (
                    "new_members_only",
                    models.BooleanField(default=False, verbose_name="for a first order only"),
                ),
                (
                    "allows_loss",
                    models.BooleanField(
                        default=False,
                        help_text="Your decision: otherwise it isn't taken for goods that it would bring below what they cost us. The table below says which and by how much.",
                        verbose_name="may go below cost",
                    ),
                ),
                ("stopped_at", models.DateTimeField(blank=True, null=True, verbose_name="stopped")),
                (
                    "used_count",
                    models.PositiveIntegerField(default=0, verbose_name="orders so far"),
                ),
                (
                    "used_amount",
                    models.DecimalField(
                        decimal_places=2,
                        default=Decimal("0"),
                        max_digits=14,
                        verbose_name="cost so far",
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="made")),
                (
                    "categories",
                    models.ManyToManyField(
                        blank=True,
                        help_text="With everything below them.",
                        related_name="+",
                        to="catalog.category",
                        verbose_name="categories",
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "min_level",
                    models.ForeignKey(
                        blank=True,
                        help_text="For members of this level and above; empty: for all.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="kalegou.memberlevel",
                        verbose_name="from level",
                    ),
                ),
                (
                    "products",
                    models.ManyToManyField(
                        blank=True, related_name="+", to="catalog.product", verbose_name="products"
                    ),
                ),
                (
                    "skus",
                    models.ManyToManyField(
                        blank=True, related_name="+", to="catalog.sku", verbose_name="SKUs"
                    ),
                ),
            ],
            options={
                "verbose_name": "coupon",
                "verbose_name_plural": "coupons",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="CouponGrant",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("staff", "given by us"),
                            ("claimed", "kept by its code"),
                            ("level", "level gift"),
                            ("birthday", "birthday gift"),
                        ],
                        max_length=8,
                        verbose_name="how",
                    ),
                ),
                ("reference", models.CharField(max_length=80, unique=True)),
                (
                    "granted_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="got"),
                ),
                (
                    "expires_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="usable until"),
                ),
                ("tell_at", models.DateTimeField(blank=True, null=True)),
                (
                    "coupon",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="grants",
                        to="kalegou.coupon",
                        verbose_name="coupon",
                    ),
                ),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="coupons",
                        to="kalegou.member",
                        verbose_name="member",
                    ),
                ),
            ],
            options={
                "verbose_name": "coupon of a member",
                "verbose_name_plural": "coupons of members",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="CouponUse",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("order_no", models.CharField(max_length=32, unique=True, verbose_name="order")),
                (
                    "worth",
                    models.DecimalField(decimal_places=2, max_digits=12, verbose_name="taken off"),
                ),
                (
                    "kept",
                    models.DecimalField(decimal_places=2, max_digits=12, verbose_name="costs us"),
                ),
                (
                    "sold",
                    models.DecimalField(
                        decimal_places=4, default=0, max_digits=20, verbose_name="revenue"
                    ),
                ),
                (
                    "used_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="used"),
                ),
                (
                    "returned_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="given back"),
                ),
                (
                    "coupon",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="uses",
                        to="kalegou.coupon",
                        verbose_name="coupon",
                    ),
                ),
                (
                    "grant",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="uses",
                        to="kalegou.coupongrant",
                        verbose_name="coupon of a member",
                    ),
                ),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="coupon_uses",
                        to="kalegou.member",
                        verbose_name="member",
                    ),
                ),
            ],
            options={
                "verbose_name": "use of a coupon",
                "verbose_name_plural": "uses of coupons",
                "ordering": ["-id"],
            },
        ),
        migrations.AddConstraint(
            model_name="coupon",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("amount__gt", 0), ("amount__isnull", False), ("kind", "fixed")),
                    models.Q(
                        ("cap__gt", 0),
                        ("kind", "percent"),
                        ("percent__gt", 0),
                        ("percent__lt", 100),
                    ),
                    _connector="OR",
                ),
                name="coupon_takes_something_off",
                violation_error_message="An amount above 0; or a share between 0 and 100 per cent, with the most that it takes off.",
            ),
        ),
        migrations.AddConstraint(
            model_name="coupon",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("ends_at__isnull", True),
                    ("ends_at__gt", models.F("starts_at")),
                    _connector="OR",
                ),
                name="coupon_dates",
                violation_error_message="The end is before the beginning.",
            ),
        ),
        migrations.AddConstraint(
            model_name="coupon",
            constraint=models.CheckConstraint(
                condition=models.Q(("min_spend__gte", 0), ("per_member__gte", 1)),
                name="coupon_minimums",
            ),
        ),
        migrations.AddConstraint(
            model_name="coupon",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("used_amount__gte", 0),
                    models.Q(
                        ("budget__isnull", True),
                        ("used_amount__lte", models.F("budget")),
                        _connector="OR",
                    ),
                ),
                name="coupon_within_budget",
            ),
        ),
        migrations.AddConstraint(
            model_name="coupon",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("max_uses__isnull", True),
                    ("used_count__lte", models.F("max_uses")),
                    _connector="OR",
                ),
                name="coupon_within_uses",
            ),
        ),
        migrations.AddIndex(
            model_name="coupongrant",
            index=models.Index(fields=["member", "-id"], name="coupons_of_member"),
        ),
        migrations.AddIndex(
            model_name="coupongrant",
            index=models.Index(
                condition=models.Q(("tell_at__isnull", False)),
                fields=["tell_at"],
                name="coupons_to_tell",
            ),
        ),
        migrations.AddIndex(
            model_name="couponuse",
            index=models.Index(fields=["grant", "-id"], name="uses_of_grant"),
        ),
        migrations.AddIndex(
            model_name="couponuse",
            index=models.Index(fields=["coupon", "member"], name="uses_by_member"),
        ),
        migrations.AddConstraint(
            model_name="couponuse",
            constraint=models.UniqueConstraint(
                condition=models.Q(("grant__isnull", False), ("returned_at__isnull", True)),
                fields=("grant",),
                name="granted_coupon_used_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="couponuse",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("worth__gt", 0), ("kept__gte", 0), ("kept__lte", models.F("worth"))
                ),
                name="coupon_use_range",
            ),
        ),
        migrations.AddConstraint(
            model_name="couponuse",
            constraint=models.CheckConstraint(
                condition=models.Q(("returned_at__isnull", True), ("kept", 0), _connector="OR"),
                name="coupon_returned_costs_0",
            ),
        ),
    ]
