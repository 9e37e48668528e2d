"""A bank transfer moves only as the state machine allows, and keeps what it was; steps stay.

The same moves stand in kameng/services/funds/moving.py; a test holds one against the other.
"""

from __future__ import annotations

from django.db import migrations

FORWARDS = """
CREATE FUNCTION kameng_refuse_deposit_move() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'transfer % can not go from % to %', OLD.deposit_no, OLD.status, NEW.status
        USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER offline_deposit_moves_as_allowed BEFORE UPDATE OF status
    ON kameng_offlinedeposit FOR EACH ROW
    WHEN (OLD.status <> NEW.status AND (OLD.status || '>' || NEW.status) NOT IN (
        'announced>submitted', 'announced>checked', 'announced>confirmed', 'announced>refused',
        'announced>cancelled',
        'submitted>correction', 'submitted>checked', 'submitted>confirmed', 'submitted>refused',
        'correction>submitted', 'correction>checked', 'correction>confirmed',
        'correction>refused', 'correction>cancelled',
        'checked>submitted', 'checked>confirmed', 'checked>refused',
        'confirmed>reversed'))
    EXECUTE FUNCTION kameng_refuse_deposit_move();

CREATE FUNCTION kameng_keep_deposit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'transfer % keeps what it is', OLD.deposit_no
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER offline_deposit_keeps_its_name BEFORE UPDATE ON kameng_offlinedeposit FOR EACH ROW
    WHEN ((OLD.deposit_no, OLD.reference, OLD.agent_id, OLD.bank_id, OLD.created_at)
          IS DISTINCT FROM
          (NEW.deposit_no, NEW.reference, NEW.agent_id, NEW.bank_id, NEW.created_at))
    EXECUTE FUNCTION kameng_keep_deposit();
-- What was found stays as it was booked.
CREATE TRIGGER offline_deposit_keeps_what_was_booked BEFORE UPDATE
    ON kameng_offlinedeposit FOR EACH ROW
    WHEN (OLD.status IN ('confirmed', 'reversed') AND
          (OLD.amount, OLD.received_amount, OLD.bank_txn_no, OLD.first_by_id, OLD.confirmed_by_id,
           OLD.confirmed_at)
          IS DISTINCT FROM
          (NEW.amount, NEW.received_amount, NEW.bank_txn_no, NEW.first_by_id, NEW.confirmed_by_id,
           NEW.confirmed_at))
    EXECUTE FUNCTION kameng_keep_deposit();
CREATE TRIGGER offline_deposit_is_never_deleted BEFORE DELETE ON kameng_offlinedeposit
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER deposit_proof_stays BEFORE UPDATE OR DELETE ON kameng_depositproof
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER deposit_step_stays BEFORE UPDATE OR DELETE ON kameng_depositevent
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""
BACKWARDS = """
DROP TRIGGER deposit_step_stays ON kameng_depositevent;
DROP TRIGGER deposit_proof_stays ON kameng_depositproof;
DROP TRIGGER offline_deposit_is_never_deleted ON kameng_offlinedeposit;
DROP TRIGGER offline_deposit_keeps_what_was_booked ON kameng_offlinedeposit;
DROP TRIGGER offline_deposit_keeps_its_name ON kameng_offlinedeposit;
DROP FUNCTION kameng_keep_deposit();
DROP TRIGGER offline_deposit_moves_as_allowed ON kameng_offlinedeposit;
DROP FUNCTION kameng_refuse_deposit_move();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("kameng", "0024_bank_transfers"),
        ("users", "0002_audit_is_append_only"),
    ]
    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
