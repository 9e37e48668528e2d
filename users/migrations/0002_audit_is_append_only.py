"""The audit log can be added to, and nothing else."""

from __future__ import annotations

from django.db import migrations

FORWARDS = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER audit_is_append_only BEFORE UPDATE OR DELETE ON users_auditlog
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""
BACKWARDS = """
DROP TRIGGER audit_is_append_only ON users_auditlog;
DROP FUNCTION refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("users", "0001_tables")]
    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
