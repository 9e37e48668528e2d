"""What the database itself guarantees of the ledger.

- Every entry sums to zero per unit. Checked per inserted batch (a statement trigger over the new
  rows, which costs nothing that can be measured): when every batch sums to zero per entry, so does
  every entry, always.
- A posting has the unit of its account, and its account and its entry exist. A plain foreign key
  would lock the account row FOR KEY SHARE on every posting and make the platform's accounts hot;
  the same trigger checks it by a read, and accounts can't be deleted nor change their identity,
  as little as entries can. For the entry it is one look instead of one a posting.
- Entries and postings are append-only.
"""

from __future__ import annotations

from django.db import migrations

FORWARDS = """
CREATE FUNCTION ledger_check_new_postings() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    bad record;
BEGIN
    SELECT n.entry_id, n.unit, sum(n.amount) AS total,
           count(a.id) AS accounts, count(*) AS postings INTO bad
    FROM new_postings n
    LEFT JOIN ledger_account a ON a.id = n.account_id AND a.unit = n.unit
    GROUP BY n.entry_id, n.unit
    HAVING sum(n.amount) <> 0 OR count(a.id) < count(*)
        OR NOT EXISTS (SELECT FROM ledger_entry e WHERE e.id = n.entry_id) LIMIT 1;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    IF bad.accounts < bad.postings THEN
        RAISE EXCEPTION 'a posting of entry % names no account in %', bad.entry_id, bad.unit
            USING ERRCODE = 'foreign_key_violation';
    ELSIF bad.total = 0 THEN
        RAISE EXCEPTION 'there is no entry %', bad.entry_id
            USING ERRCODE = 'foreign_key_violation';
    END IF;
    RAISE EXCEPTION 'entry % does not sum to zero in %: %', bad.entry_id, bad.unit, bad.total
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER postings_sum_to_zero AFTER INSERT ON ledger_posting
    REFERENCING NEW TABLE AS new_postings
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_check_new_postings();

CREATE TRIGGER entry_is_append_only BEFORE UPDATE OR DELETE ON ledger_entry
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER posting_is_append_only BEFORE UPDATE OR DELETE ON ledger_posting
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE FUNCTION ledger_keep_account() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'account % keeps its identity: % refused', OLD.id, TG_OP
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER account_is_never_deleted BEFORE DELETE ON ledger_account
    FOR EACH ROW EXECUTE FUNCTION ledger_keep_account();
CREATE TRIGGER account_keeps_its_name BEFORE UPDATE ON ledger_account
    FOR EACH ROW
    WHEN ((OLD.id, OLD.kind, OLD.scope, OLD.owner_id, OLD.unit)
          IS DISTINCT FROM (NEW.id, NEW.kind, NEW.scope, NEW.owner_id, NEW.unit))
    EXECUTE FUNCTION ledger_keep_account();

-- Moving a wallet's balance is a HOT update when there is room on the page.
ALTER TABLE ledger_account SET (fillfactor = 70);
"""
BACKWARDS = """
ALTER TABLE ledger_account RESET (fillfactor);
DROP TRIGGER account_keeps_its_name ON ledger_account;
DROP TRIGGER account_is_never_deleted ON ledger_account;
DROP FUNCTION ledger_keep_account();
DROP TRIGGER posting_is_append_only ON ledger_posting;
DROP TRIGGER entry_is_append_only ON ledger_entry;
DROP TRIGGER postings_sum_to_zero ON ledger_posting;
DROP FUNCTION ledger_check_new_postings();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0001_tables"),
        ("users", "0002_audit_is_append_only"),
    ]
    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
