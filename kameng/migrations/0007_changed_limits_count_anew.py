"""Whatever changes what an agent may order deletes its count, which its next order begins anew.

The count is kept only for agents with a daily or monthly limit (orders/limits.py): one that gets
such a limit must not start from a row that was left when it had none.
"""

from __future__ import annotations

from django.db import migrations

FORWARDS = """
CREATE FUNCTION kameng_forget_spending() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM orders_spending WHERE channel IN ('wholesale', 'sandbox') AND buyer_key IN (
        SELECT 'u' || agent.user_id FROM kameng_agent agent
        WHERE CASE TG_TABLE_NAME::text WHEN 'kameng_tier' THEN agent.tier_id = NEW.id
              ELSE agent.id = NEW.id END);
    RETURN NULL;
END $$;
CREATE TRIGGER agent_limits_count_anew AFTER UPDATE OF
    tier_id, verified_at, own_daily_limit, own_monthly_limit ON kameng_agent
    FOR EACH ROW WHEN (
        (OLD.tier_id, OLD.verified_at, OLD.own_daily_limit, OLD.own_monthly_limit)
        IS DISTINCT FROM (NEW.tier_id, NEW.verified_at, NEW.own_daily_limit, NEW.own_monthly_limit))
    EXECUTE FUNCTION kameng_forget_spending();
CREATE TRIGGER tier_limits_count_anew AFTER UPDATE OF
    daily_limit, monthly_limit, unverified_daily_limit, unverified_monthly_limit ON kameng_tier
    FOR EACH ROW WHEN (
        (OLD.daily_limit, OLD.monthly_limit,
         OLD.unverified_daily_limit, OLD.unverified_monthly_limit)
        IS DISTINCT FROM (NEW.daily_limit, NEW.monthly_limit,
                          NEW.unverified_daily_limit, NEW.unverified_monthly_limit))
    EXECUTE FUNCTION kameng_forget_spending();
"""
BACKWARDS = """
DROP TRIGGER tier_limits_count_anew ON kameng_tier;
DROP TRIGGER agent_limits_count_anew ON kameng_agent;
DROP FUNCTION kameng_forget_spending();
"""


class Migration(migrations.Migration):
    dependencies = [("kameng", "0006_spending_limits"), ("orders", "0007_spending")]
    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
