"""What an account is, is looked at when that is written, and not at each move of its balance.

Which kinds are guarded, and which play money may have, were CHECKs: the database reads every CHECK
of a table anew for each statement that updates it, and these two took a sixth of the time of a
payment from a wallet. Kind, unit and `is_guarded` never change with a balance, so triggers on just
these columns refuse the same rows.
"""

from __future__ import annotations

from django.db import migrations

FORWARDS = """
CREATE FUNCTION ledger_refuse_account() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'no account may be % % guarded=%: %', NEW.kind, NEW.unit, NEW.is_guarded, TG_NAME
        USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME;
END $$;
CREATE TRIGGER account_kind_decides_guard
    BEFORE INSERT OR UPDATE OF kind, is_guarded ON ledger_account
    FOR EACH ROW WHEN ((NEW.kind IN ('wallet', 'points')) <> NEW.is_guarded)
    EXECUTE FUNCTION ledger_refuse_account();
CREATE TRIGGER account_of_play_money
    BEFORE INSERT OR UPDATE OF kind, unit ON ledger_account
    FOR EACH ROW WHEN (NOT CASE WHEN NEW.unit = 'PLAY'
        THEN NEW.kind IN ('wallet', 'escrow', 'revenue', 'cost', 'supplier', 'supplier_loss',
                          'play_issued')
        ELSE NEW.kind <> 'play_issued' END)
    EXECUTE FUNCTION ledger_refuse_account();
"""
BACKWARDS = """
DROP TRIGGER account_of_play_money ON ledger_account;
DROP TRIGGER account_kind_decides_guard ON ledger_account;
DROP FUNCTION ledger_refuse_account();
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0007_deposit_transfers")]
    operations = [
        migrations.RunSQL(FORWARDS, BACKWARDS),
        migrations.RemoveConstraint("account", "account_kind_decides_guard"),
        migrations.RemoveConstraint("account", "account_of_play_money"),
    ]
