"""What the database itself guarantees: a resolution stays, and says what it said."""

from __future__ import annotations

from django.db import migrations

FORWARDS = """
CREATE FUNCTION reconciliation_keep_resolution() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'resolution % stays as it is: % refused', OLD.id, TG_OP
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER resolution_is_never_deleted BEFORE DELETE ON reconciliation_resolution
    FOR EACH ROW EXECUTE FUNCTION reconciliation_keep_resolution();
-- Its entry is named once, right after it is posted; being taken back is the one later change.
CREATE TRIGGER resolution_keeps_what_it_says BEFORE UPDATE ON reconciliation_resolution
    FOR EACH ROW
    WHEN ((OLD.difference_id, OLD.kind, OLD.amount, OLD.reason, OLD.request_ref, OLD.actor_id)
            IS DISTINCT FROM
          (NEW.difference_id, NEW.kind, NEW.amount, NEW.reason, NEW.request_ref, NEW.actor_id)
          OR (OLD.entry_id IS NOT NULL AND NEW.entry_id IS DISTINCT FROM OLD.entry_id)
          OR (OLD.reversed_at IS NOT NULL AND NEW.reversed_at IS DISTINCT FROM OLD.reversed_at))
    EXECUTE FUNCTION reconciliation_keep_resolution();
"""
BACKWARDS = """
DROP TRIGGER resolution_keeps_what_it_says ON reconciliation_resolution;
DROP TRIGGER resolution_is_never_deleted ON reconciliation_resolution;
DROP FUNCTION reconciliation_keep_resolution();
"""


class Migration(migrations.Migration):
    dependencies = [("reconciliation", "0001_tables")]
    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
