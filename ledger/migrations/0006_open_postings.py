"""Open accounts are posted to without a look at them: the database sees that they are open.

- `postings_sum_to_zero` also refuses a posting of a guarded account without its balance, and one of
  an open account with a balance. It looks once at each account, as before.
- `account_keeps_its_name` looks only where a name may change, and not at each move of a balance.
"""

from __future__ import annotations

from django.db import migrations

CHECK = """
CREATE OR REPLACE FUNCTION ledger_check_new_postings() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    bad record;
BEGIN
    SELECT n.entry_id, n.unit, sum(n.amount) AS total,
           count(a.id) AS accounts, count(*) AS postings INTO bad
    FROM new_postings n
    LEFT JOIN ledger_account a ON a.id = n.account_id AND a.unit = n.unit{and_guarded}
    GROUP BY n.entry_id, n.unit
    HAVING sum(n.amount) <> 0 OR count(a.id) < count(*)
        OR NOT EXISTS (SELECT FROM ledger_entry e WHERE e.id = n.entry_id) LIMIT 1;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    IF bad.total <> 0 THEN
        RAISE EXCEPTION 'entry % does not sum to zero in %: %', bad.entry_id, bad.unit, bad.total
            USING ERRCODE = 'integrity_constraint_violation';
    ELSIF bad.accounts < bad.postings THEN
        RAISE EXCEPTION 'a posting of entry % names no account in %{or_balance}',
            bad.entry_id, bad.unit USING ERRCODE = 'foreign_key_violation';
    END IF;
    RAISE EXCEPTION 'there is no entry %', bad.entry_id USING ERRCODE = 'foreign_key_violation';
END $$;
"""
FORWARDS = (
    CHECK.replace(
        "{and_guarded}", "\n        AND a.is_guarded = (n.balance_after IS NOT NULL)"
    ).replace("{or_balance}", ", or leaves its balance out")
    + """
DROP TRIGGER account_keeps_its_name ON ledger_account;
CREATE TRIGGER account_keeps_its_name BEFORE UPDATE OF id, kind, scope, owner_id, unit
    ON ledger_account FOR EACH ROW
    WHEN ((OLD.id, OLD.kind, OLD.scope, OLD.owner_id, OLD.unit)
          IS DISTINCT FROM (NEW.id, NEW.kind, NEW.scope, NEW.owner_id, NEW.unit))
    EXECUTE FUNCTION ledger_keep_account();
"""
)
BACKWARDS = (
    CHECK.replace("{and_guarded}", "").replace("{or_balance}", "")
    + """
DROP TRIGGER account_keeps_its_name ON ledger_account;
CREATE TRIGGER account_keeps_its_name BEFORE UPDATE ON ledger_account
    FOR EACH ROW
    WHEN ((OLD.id, OLD.kind, OLD.scope, OLD.owner_id, OLD.unit)
          IS DISTINCT FROM (NEW.id, NEW.kind, NEW.scope, NEW.owner_id, NEW.unit))
    EXECUTE FUNCTION ledger_keep_account();
"""
)


class Migration(migrations.Migration):
    dependencies = [("ledger", "0005_play_money_holds")]
    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
