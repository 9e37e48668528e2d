"""A floor that can't be reached yet climbs with the balance; a statement finds its days fast.

- `climbs_to`: a credit line that ended while some of it was in use. The floor stands at the balance,
  so that nothing more can be spent, and follows every deposit upwards until it is there.
- `ledger_posting_from`: where in an account's postings a moment lies, by halving. Postings of one
  account are in the order of its lock, so their times ascend but for seconds.
"""

from __future__ import annotations

from django.db import migrations, models

FORWARDS = """
CREATE FUNCTION ledger_floor_climbs() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Up only: a purchase must not take the floor down with it.
    NEW.floor := greatest(OLD.floor, least(OLD.climbs_to, NEW.balance));
    IF NEW.floor = OLD.climbs_to THEN
        NEW.climbs_to := NULL;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER account_floor_climbs BEFORE UPDATE OF balance ON ledger_account FOR EACH ROW
    WHEN (OLD.climbs_to IS NOT NULL) EXECUTE FUNCTION ledger_floor_climbs();

CREATE FUNCTION ledger_posting_from(account bigint, moment timestamptz) RETURNS bigint
LANGUAGE plpgsql STABLE AS $$
DECLARE
    low bigint := 0;
    high bigint;
    middle bigint;
    found_id bigint;
    found_at timestamptz;
BEGIN
    SELECT coalesce(max(id), 0) + 1 INTO high FROM ledger_posting WHERE account_id = account;
    WHILE low < high LOOP
        middle := (low + high) / 2;
        SELECT posting.id, entry.created_at INTO found_id, found_at
        FROM ledger_posting posting JOIN ledger_entry entry ON entry.id = posting.entry_id
        WHERE posting.account_id = account AND posting.id >= middle
        ORDER BY posting.id LIMIT 1;
        IF found_id IS NULL OR found_at >= moment THEN
            high := middle;
        ELSE
            low := found_id + 1;
        END IF;
    END LOOP;
    RETURN low;
END $$;
"""
BACKWARDS = """
DROP FUNCTION ledger_posting_from(bigint, timestamptz);
DROP TRIGGER account_floor_climbs ON ledger_account;
DROP FUNCTION ledger_floor_climbs();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0009_fee_income"),
    ]

    operations = [
        migrations.AddField(
            model_name="account",
            name="climbs_to",
            field=models.DecimalField(
                blank=True,
                decimal_places=4,
                max_digits=20,
                null=True,
                verbose_name="floor climbs to",
            ),
        ),
        migrations.RunSQL(FORWARDS, BACKWARDS),
    ]
