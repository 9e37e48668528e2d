"""A policy's rates and exceptions can be written in the transaction that makes it, also when the
policy is its first statement; afterwards, once in force, the database refuses to touch them.

`created_at` came from the application's clock, which may be before the transaction began for the
database: it looked like an earlier transaction's, and its rates were refused. Now the database sets
it: equal to now() means made in this very transaction.
"""

from __future__ import annotations

from django.db import migrations

FORWARDS = """
CREATE FUNCTION kameng_date_policy() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.created_at := now();
    RETURN NEW;
END $$;
CREATE TRIGGER policy_is_dated_by_the_database BEFORE INSERT ON kameng_commissionpolicy
    FOR EACH ROW EXECUTE FUNCTION kameng_date_policy();
CREATE TRIGGER policy_in_force_keeps_overrides
    BEFORE INSERT OR UPDATE OR DELETE ON kameng_policyoverride
    FOR EACH ROW EXECUTE FUNCTION kameng_keep_rates();

CREATE FUNCTION kameng_check_override() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    depth int;
BEGIN
    SELECT max_generations INTO depth FROM kameng_commissionpolicy WHERE id = NEW.policy_id;
    IF (depth < 1 AND NEW.rate_1 > 0) OR (depth < 2 AND NEW.rate_2 > 0)
        OR (depth < 3 AND NEW.rate_3 > 0) THEN
        RAISE EXCEPTION 'policy % pays % generations, and so does its exception', NEW.policy_id,
            depth USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER override_within_the_policys_generations
    AFTER INSERT OR UPDATE ON kameng_policyoverride DEFERRABLE INITIALLY IMMEDIATE
    FOR EACH ROW EXECUTE FUNCTION kameng_check_override();

CREATE FUNCTION kameng_check_depth() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM kameng_policyoverride WHERE policy_id = NEW.id AND (
            (NEW.max_generations < 1 AND rate_1 > 0) OR (NEW.max_generations < 2 AND rate_2 > 0)
            OR (NEW.max_generations < 3 AND rate_3 > 0))) THEN
        RAISE EXCEPTION 'policy % has exceptions that pay more than % generations', NEW.id,
            NEW.max_generations USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER policy_as_deep_as_its_exceptions
    AFTER UPDATE OF max_generations ON kameng_commissionpolicy
    FOR EACH ROW EXECUTE FUNCTION kameng_check_depth();
"""
BACKWARDS = """
DROP TRIGGER policy_as_deep_as_its_exceptions ON kameng_commissionpolicy;
DROP FUNCTION kameng_check_depth();
DROP TRIGGER override_within_the_policys_generations ON kameng_policyoverride;
DROP FUNCTION kameng_check_override();
DROP TRIGGER policy_in_force_keeps_overrides ON kameng_policyoverride;
DROP TRIGGER policy_is_dated_by_the_database ON kameng_commissionpolicy;
DROP FUNCTION kameng_date_policy();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("kameng", "0018_policy_overrides"),
    ]
    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
