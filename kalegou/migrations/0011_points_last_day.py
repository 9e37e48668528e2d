"""Points that were earned before they had a last day get it: the end of the following year."""

from __future__ import annotations

from django.db import migrations, models

FORWARDS = """
UPDATE kalegou_pointsrecord SET expires_on = make_date(
    extract(year FROM created_at AT TIME ZONE 'Asia/Shanghai')::int + 1, 12, 31)
WHERE reason = 'reward' AND due > 0;
-- What was taken back has the day of what it took.
UPDATE kalegou_pointsrecord taken SET expires_on = coalesce(
    (SELECT min(given.expires_on) FROM kalegou_pointsrecord given
     WHERE given.order_no = taken.order_no AND given.reason = 'reward' AND given.due > 0),
    make_date(extract(year FROM taken.created_at AT TIME ZONE 'Asia/Shanghai')::int + 1, 12, 31))
WHERE taken.reason = 'reward' AND taken.due < 0;
"""
BACKWARDS = "UPDATE kalegou_pointsrecord SET expires_on = NULL"


class Migration(migrations.Migration):
    dependencies = [("kalegou", "0010_gifts_and_last_days")]
    operations = [
        migrations.RunSQL(FORWARDS, BACKWARDS),
        migrations.AddConstraint(
            model_name="pointsrecord",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("reason__in", ["reward", "gift", "expired"]), _negated=True),
                    ("expires_on__isnull", False),
                    _connector="OR",
                ),
                name="points_have_a_last_day",
            ),
        ),
    ]
