"""A commission policy in force, and its generation rates, can't be changed: a new one is made.

Rates are written in the transaction that makes their policy; afterwards, once the policy is in
force, the database refuses to touch them.
"""

from __future__ import annotations

from django.db import migrations

FORWARDS = """
CREATE FUNCTION kameng_refuse_policy_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'commission policy % is in force and can not be changed', OLD.id
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER policy_in_force_is_kept BEFORE UPDATE OR DELETE ON kameng_commissionpolicy
    FOR EACH ROW WHEN (OLD.effective_from <= now()) EXECUTE FUNCTION kameng_refuse_policy_change();

CREATE FUNCTION kameng_keep_rates() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    kept bigint;
BEGIN
    SELECT id INTO kept FROM kameng_commissionpolicy
    WHERE id IN (OLD.policy_id, NEW.policy_id) AND effective_from <= now() AND created_at < now();
    IF FOUND THEN
        RAISE EXCEPTION 'commission policy % is in force and keeps its rates', kept
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN COALESCE(NEW, OLD);
END $$;
CREATE TRIGGER policy_in_force_keeps_rates
    BEFORE INSERT OR UPDATE OR DELETE ON kameng_generationrate
    FOR EACH ROW EXECUTE FUNCTION kameng_keep_rates();
"""
BACKWARDS = """
DROP TRIGGER policy_in_force_keeps_rates ON kameng_generationrate;
DROP FUNCTION kameng_keep_rates();
DROP TRIGGER policy_in_force_is_kept ON kameng_commissionpolicy;
DROP FUNCTION kameng_refuse_policy_change();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("kameng", "0001_tables"),
    ]
    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
