"""Gifts of levels and birthdays, changes of level, the last day of points."""

from __future__ import annotations

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("kalegou", "0009_scenes_measures_wishes"),
    ]

    operations = [
        migrations.CreateModel(
            name="LevelChange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("growth", models.IntegerField(verbose_name="growth of 12 months")),
                (
                    "changed_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="at"),
                ),
                ("gift_due_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "verbose_name": "change of level",
                "verbose_name_plural": "changes of level",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="MemberGift",
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
                        choices=[("level", "level gift"), ("birthday", "birthday gift")],
                        max_length=8,
                        verbose_name="kind",
                    ),
                ),
                ("occasion", models.CharField(max_length=60, verbose_name="occasion")),
                ("points", models.PositiveIntegerField(default=0, verbose_name="points")),
                (
                    "given_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="given"),
                ),
            ],
            options={
                "verbose_name": "gift",
                "verbose_name_plural": "gifts",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="PointsWarning",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("expires_on", models.DateField()),
                ("points", models.PositiveIntegerField()),
                ("told_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
        ),
        migrations.AddField(
            model_name="member",
            name="birthday",
            field=models.DateField(blank=True, null=True, verbose_name="birthday"),
        ),
        migrations.AddField(
            model_name="member",
            name="birthday_set_on",
            field=models.DateField(blank=True, null=True, verbose_name="birthday told on"),
        ),
        migrations.AddField(
            model_name="memberlevel",
            name="birthday_coupon",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="kalegou.coupon",
                verbose_name="coupon on a birthday",
            ),
        ),
        migrations.AddField(
            model_name="memberlevel",
            name="birthday_points",
            field=models.PositiveIntegerField(
                default=0, help_text="Once a year.", verbose_name="points on a birthday"
            ),
        ),
        migrations.AddField(
            model_name="memberlevel",
            name="reach_coupon",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="kalegou.coupon",
                verbose_name="coupon on reaching it",
            ),
        ),
        migrations.AddField(
            model_name="memberlevel",
            name="reach_points",
            field=models.PositiveIntegerField(
                default=0, help_text="Once for each member.", verbose_name="points on reaching it"
            ),
        ),
        migrations.AddField(
            model_name="pointsrecord",
            name="expires_on",
            field=models.DateField(blank=True, null=True, verbose_name="last day"),
        ),
        migrations.AlterField(
            model_name="pointsrecord",
            name="order_no",
            field=models.CharField(blank=True, db_index=True, max_length=32, verbose_name="order"),
        ),
        migrations.AlterField(
            model_name="pointsrecord",
            name="reason",
            field=models.CharField(
                choices=[
                    ("reward", "earned by an order"),
                    ("discount", "spent on an order"),
                    ("exchange", "exchanged for goods"),
                    ("gift", "a gift"),
                    ("expired", "ran out"),
                ],
                db_default="reward",
                default="reward",
                max_length=8,
                verbose_name="what for",
            ),
        ),
        migrations.AddField(
            model_name="levelchange",
            name="came_from",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="kalegou.memberlevel",
                verbose_name="from",
            ),
        ),
        migrations.AddField(
            model_name="levelchange",
            name="member",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="level_changes",
                to="kalegou.member",
                verbose_name="member",
            ),
        ),
        migrations.AddField(
            model_name="levelchange",
            name="went_to",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="kalegou.memberlevel",
                verbose_name="to",
            ),
        ),
        migrations.AddField(
            model_name="membergift",
            name="coupon",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="gift",
                to="kalegou.coupongrant",
                verbose_name="coupon",
            ),
        ),
        migrations.AddField(
            model_name="membergift",
            name="level",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="kalegou.memberlevel",
                verbose_name="level",
            ),
        ),
        migrations.AddField(
            model_name="membergift",
            name="member",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="gifts",
                to="kalegou.member",
                verbose_name="member",
            ),
        ),
        migrations.AddField(
            model_name="pointswarning",
            name="member",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="points_warnings",
                to="kalegou.member",
            ),
        ),
        migrations.AddIndex(
            model_name="levelchange",
            index=models.Index(fields=["member", "-id"], name="level_changes_of_member"),
        ),
        migrations.AddIndex(
            model_name="levelchange",
            index=models.Index(
                condition=models.Q(("gift_due_at__isnull", False)),
                fields=["gift_due_at"],
                name="level_gifts_due",
            ),
        ),
        migrations.AddConstraint(
            model_name="membergift",
            constraint=models.UniqueConstraint(fields=("member", "occasion"), name="gift_once"),
        ),
        migrations.AddConstraint(
            model_name="membergift",
            constraint=models.CheckConstraint(
                condition=models.Q(("points__gt", 0), ("coupon__isnull", False), _connector="OR"),
                name="gift_is_something",
            ),
        ),
        migrations.AddConstraint(
            model_name="pointswarning",
            constraint=models.UniqueConstraint(
                fields=("member", "expires_on"), name="points_warning_once"
            ),
        ),
    ]
