"""Suppliers' price lists with their history, and what staff are asked about them."""

from __future__ import annotations

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0002_stock_rules"),
        ("suppliers", "0007_routing"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name="alertreceiver",
            name="kind",
            field=models.CharField(
                choices=[("email", "email"), ("webhook", "webhook")],
                max_length=8,
                verbose_name="told by",
            ),
        ),
        migrations.CreateModel(
            name="ListRun",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "takes_shorter",
                    models.BooleanField(default=False, verbose_name="also a short list"),
                ),
                ("reason", models.CharField(blank=True, max_length=200, verbose_name="reason")),
                ("asked_at", models.DateTimeField(auto_now_add=True, verbose_name="asked")),
                ("started_at", models.DateTimeField(blank=True, null=True, verbose_name="begun")),
                (
                    "finished_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="finished"),
                ),
                (
                    "result",
                    models.CharField(
                        choices=[
                            ("asked", "asked for"),
                            ("taken", "taken"),
                            ("no_answer", "no list came"),
                            ("shrunk", "not believed: too short"),
                            ("contradictory", "not believed: contradicts itself"),
                            ("outdated", "a newer list was taken already"),
                            ("lost", "cut off"),
                        ],
                        default="asked",
                        max_length=14,
                        verbose_name="result",
                    ),
                ),
                ("listed", models.PositiveIntegerField(default=0, verbose_name="products")),
                ("appeared", models.PositiveIntegerField(default=0, verbose_name="new")),
                ("changed", models.PositiveIntegerField(default=0, verbose_name="changed")),
                ("gone", models.PositiveIntegerField(default=0, verbose_name="gone")),
                ("unreadable", models.PositiveIntegerField(default=0, verbose_name="unreadable")),
                (
                    "actor",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="asked by",
                    ),
                ),
                (
                    "supplier",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="list_runs",
                        to="suppliers.supplier",
                        verbose_name="supplier",
                    ),
                ),
            ],
            options={
                "verbose_name": "fetch of a price list",
                "verbose_name_plural": "fetches of price lists",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="SupplierGoods",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("ref", models.CharField(max_length=64, verbose_name="supplier's product")),
                ("name", models.CharField(max_length=200, verbose_name="name")),
                (
                    "kind",
                    models.CharField(
                        choices=[("card", "card code"), ("topup", "top-up")],
                        max_length=8,
                        verbose_name="delivery",
                    ),
                ),
                ("cost", models.DecimalField(decimal_places=4, max_digits=20, verbose_name="cost")),
                (
                    "face_value",
                    models.DecimalField(
                        blank=True,
                        decimal_places=4,
                        max_digits=20,
                        null=True,
                        verbose_name="face value",
                    ),
                ),
                ("is_available", models.BooleanField(default=True, verbose_name="for sale there")),
                (
                    "stock",
                    models.PositiveBigIntegerField(
                        blank=True, null=True, verbose_name="stock there"
                    ),
                ),
                (
                    "min_quantity",
                    models.PositiveIntegerField(default=1, verbose_name="least at once"),
                ),
                (
                    "max_quantity",
                    models.PositiveIntegerField(blank=True, null=True, verbose_name="most at once"),
                ),
                ("first_seen_at", models.DateTimeField(verbose_name="first seen")),
                ("seen_at", models.DateTimeField(verbose_name="last seen")),
                ("gone_at", models.DateTimeField(blank=True, null=True, verbose_name="gone since")),
                (
                    "supplier",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="goods",
                        to="suppliers.supplier",
                        verbose_name="supplier",
                    ),
                ),
            ],
            options={
                "verbose_name": "line of a price list",
                "verbose_name_plural": "price lists",
                "ordering": ["supplier", "name", "id"],
            },
        ),
        migrations.CreateModel(
            name="Proposal",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("match", "new offer"), ("cost", "new cost")],
                        max_length=8,
                        verbose_name="proposal",
                    ),
                ),
                ("score", models.PositiveSmallIntegerField(default=100, verbose_name="sure")),
                ("reasons", models.JSONField(blank=True, default=list)),
                (
                    "cost_before",
                    models.DecimalField(
                        blank=True,
                        decimal_places=4,
                        max_digits=20,
                        null=True,
                        verbose_name="cost now",
                    ),
                ),
                (
                    "cost_after",
                    models.DecimalField(decimal_places=4, max_digits=20, verbose_name="new cost"),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("pending", "to be decided"),
                            ("accepted", "accepted"),
                            ("refused", "refused"),
                            ("outdated", "outdated"),
                        ],
                        default="pending",
                        max_length=10,
                        verbose_name="status",
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="proposed")),
                ("decided_at", models.DateTimeField(blank=True, null=True, verbose_name="decided")),
                ("reason", models.CharField(blank=True, max_length=200, verbose_name="reason")),
                (
                    "decided_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="decided by",
                    ),
                ),
                (
                    "offer",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="proposals",
                        to="suppliers.offer",
                        verbose_name="offer",
                    ),
                ),
                (
                    "sku",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="supplier_proposals",
                        to="catalog.sku",
                        verbose_name="SKU",
                    ),
                ),
                (
                    "goods",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="proposals",
                        to="suppliers.suppliergoods",
                        verbose_name="product",
                    ),
                ),
            ],
            options={
                "verbose_name": "proposal from a price list",
                "verbose_name_plural": "proposals from price lists",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="GoodsChange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("appeared", "new on the list"),
                            ("cost", "cost"),
                            ("name", "name"),
                            ("face_value", "face value"),
                            ("kind", "delivery"),
                            ("available", "for sale there"),
                            ("gone", "gone"),
                            ("back", "back on the list"),
                        ],
                        max_length=10,
                        verbose_name="what",
                    ),
                ),
                ("before", models.CharField(blank=True, max_length=200, verbose_name="before")),
                ("after", models.CharField(blank=True, max_length=200, verbose_name="after")),
                ("at", models.DateTimeField(verbose_name="at")),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="changes",
                        to="suppliers.listrun",
                    ),
                ),
                (
                    "goods",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="changes",
                        to="suppliers.suppliergoods",
                    ),
                ),
            ],
            options={
                "verbose_name": "change of a price list",
                "verbose_name_plural": "changes of price lists",
                "ordering": ["-id"],
            },
        ),
        migrations.AddIndex(
            model_name="listrun",
            index=models.Index(fields=["supplier", "-id"], name="list_run_of_supplier"),
        ),
        migrations.AddConstraint(
            model_name="suppliergoods",
            constraint=models.UniqueConstraint(fields=("supplier", "ref"), name="goods_once"),
        ),
        migrations.AddConstraint(
            model_name="suppliergoods",
            constraint=models.CheckConstraint(
                condition=models.Q(("cost__gt", 0)), name="goods_cost_positive"
            ),
        ),
        migrations.AddConstraint(
            model_name="proposal",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status", "pending")),
                fields=("goods", "sku"),
                name="one_pending_proposal",
            ),
        ),
        migrations.AddConstraint(
            model_name="proposal",
            constraint=models.CheckConstraint(
                condition=models.Q(("cost_after__gt", 0)), name="proposal_cost_positive"
            ),
        ),
    ]
