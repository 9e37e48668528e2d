"""A withdrawal moves only as the state machine allows and keeps what was asked; a bank account
stays what it is. The same moves stand in kameng/services/funds/moving.py.
"""

from __future__ import annotations

from django.db import migrations

FORWARDS = """
CREATE FUNCTION kameng_refuse_withdrawal_move() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'withdrawal % can not go from % to %', OLD.withdrawal_no, OLD.status, NEW.status
        USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER withdrawal_moves_as_allowed BEFORE UPDATE OF status
    ON kameng_withdrawal FOR EACH ROW
    WHEN (OLD.status <> NEW.status AND (OLD.status || '>' || NEW.status) NOT IN (
        'requested>checked', 'requested>approved', 'requested>refused', 'requested>cancelled',
        'checked>approved', 'checked>refused', 'checked>cancelled',
        'approved>paid', 'approved>failed',
        'paid>returned'))
    EXECUTE FUNCTION kameng_refuse_withdrawal_move();

CREATE FUNCTION kameng_keep_withdrawal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'withdrawal % keeps what was asked', OLD.withdrawal_no
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER withdrawal_keeps_what_was_asked BEFORE UPDATE ON kameng_withdrawal FOR EACH ROW
    WHEN ((OLD.withdrawal_no, OLD.agent_id, OLD.account_id, OLD.client_ref, OLD.amount, OLD.fee,
           OLD.created_at)
          IS DISTINCT FROM
          (NEW.withdrawal_no, NEW.agent_id, NEW.account_id, NEW.client_ref, NEW.amount, NEW.fee,
           NEW.created_at))
    EXECUTE FUNCTION kameng_keep_withdrawal();
CREATE TRIGGER withdrawal_is_never_deleted BEFORE DELETE ON kameng_withdrawal
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER withdrawal_step_stays BEFORE UPDATE OR DELETE ON kameng_withdrawalevent
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE FUNCTION kameng_keep_payout_account() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'bank account % stays what it is', OLD.id
        USING ERRCODE = 'restrict_violation';
END $$;
-- The seal itself may change, when keys are rotated: it is bound to `key`, and `number_mark` stays.
CREATE TRIGGER payout_account_stays_what_it_is BEFORE UPDATE ON kameng_payoutaccount FOR EACH ROW
    WHEN ((OLD.key, OLD.agent_id, OLD.bank, OLD.branch, OLD.holder, OLD.number_mark,
           OLD.number_tail)
          IS DISTINCT FROM
          (NEW.key, NEW.agent_id, NEW.bank, NEW.branch, NEW.holder, NEW.number_mark,
           NEW.number_tail))
    EXECUTE FUNCTION kameng_keep_payout_account();
CREATE TRIGGER payout_account_is_decided_once BEFORE UPDATE OF status
    ON kameng_payoutaccount FOR EACH ROW
    WHEN (OLD.status <> NEW.status AND (OLD.status || '>' || NEW.status) NOT IN (
        'pending>verified', 'pending>refused', 'pending>removed', 'verified>removed'))
    EXECUTE FUNCTION kameng_keep_payout_account();
CREATE TRIGGER payout_account_is_never_deleted BEFORE DELETE ON kameng_payoutaccount
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER account_paper_stays BEFORE UPDATE OR DELETE ON kameng_accountpaper
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""
BACKWARDS = """
DROP TRIGGER account_paper_stays ON kameng_accountpaper;
DROP TRIGGER payout_account_is_never_deleted ON kameng_payoutaccount;
DROP TRIGGER payout_account_is_decided_once ON kameng_payoutaccount;
DROP TRIGGER payout_account_stays_what_it_is ON kameng_payoutaccount;
DROP FUNCTION kameng_keep_payout_account();
DROP TRIGGER withdrawal_step_stays ON kameng_withdrawalevent;
DROP TRIGGER withdrawal_is_never_deleted ON kameng_withdrawal;
DROP TRIGGER withdrawal_keeps_what_was_asked ON kameng_withdrawal;
DROP FUNCTION kameng_keep_withdrawal();
DROP TRIGGER withdrawal_moves_as_allowed ON kameng_withdrawal;
DROP FUNCTION kameng_refuse_withdrawal_move();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("kameng", "0035_withdrawals"),
        ("users", "0002_audit_is_append_only"),
    ]
    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
