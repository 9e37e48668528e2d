"""Whatever changes what a member may order deletes its count, which its next order begins anew.

As in kameng (0007_changed_limits_count_anew): a count that was left from an earlier limit is
never gone on with.
"""

from __future__ import annotations

from django.db import migrations

FORWARDS = """
CREATE FUNCTION kalegou_forget_spending() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM orders_spending WHERE channel = 'retail' AND buyer_key IN (
        SELECT 'u' || member.user_id FROM kalegou_member member
        WHERE CASE TG_TABLE_NAME::text WHEN 'kalegou_memberlevel' THEN member.level_id = NEW.id
              ELSE member.id = NEW.id END);
    RETURN NULL;
END $$;
CREATE TRIGGER member_limits_count_anew AFTER UPDATE OF
    level_id, verified_at, own_daily_limit, own_monthly_limit ON kalegou_member
    FOR EACH ROW WHEN (
        (OLD.level_id, OLD.verified_at, OLD.own_daily_limit, OLD.own_monthly_limit)
        IS DISTINCT FROM
        (NEW.level_id, NEW.verified_at, NEW.own_daily_limit, NEW.own_monthly_limit))
    EXECUTE FUNCTION kalegou_forget_spending();
CREATE TRIGGER level_limits_count_anew AFTER UPDATE OF
    daily_limit, monthly_limit, unverified_daily_limit, unverified_monthly_limit
    ON kalegou_memberlevel FOR EACH ROW WHEN (
        (OLD.daily_limit, OLD.monthly_limit,
         OLD.unverified_daily_limit, OLD.unverified_monthly_limit)
        IS DISTINCT FROM (NEW.daily_limit, NEW.monthly_limit,
                          NEW.unverified_daily_limit, NEW.unverified_monthly_limit))
    EXECUTE FUNCTION kalegou_forget_spending();
"""
BACKWARDS = """
DROP TRIGGER level_limits_count_anew ON kalegou_memberlevel;
DROP TRIGGER member_limits_count_anew ON kalegou_member;
DROP FUNCTION kalegou_forget_spending();
"""


class Migration(migrations.Migration):
    dependencies = [("kalegou", "0002_spending_limits"), ("orders", "0007_spending")]
    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
