"""Each settlement knows what had been paid out to its agent in all.

Settlements of before there were rows for them become rows, from their commissions and their journal
entries.
"""

from __future__ import annotations

from django.db import migrations, models

FORWARDS = """
INSERT INTO kameng_settlement (
    agent_id, reference, row_count, earned, netted, amount, total_after, first_at, last_at,
    created_at)
SELECT commission.agent_id, entry.reference, count(*),
       sum(commission.amount - commission.reversed_amount + commission.clawed_back),
       sum(commission.amount - commission.reversed_amount + commission.clawed_back)
           - max(posting.amount),
       max(posting.amount), 0, min(commission.created_at), max(commission.created_at),
       entry.created_at
FROM kameng_commission commission
JOIN kameng_agent agent ON agent.id = commission.agent_id
JOIN ledger_entry entry ON entry.reference = commission.settlement_reference
JOIN ledger_posting posting ON posting.entry_id = entry.id
    AND posting.account_id = agent.wallet_id
WHERE commission.settlement_reference <> '' AND commission.status = 'settled'
GROUP BY commission.agent_id, entry.id, entry.reference, entry.created_at
ORDER BY entry.id
ON CONFLICT (reference) DO NOTHING;

UPDATE kameng_settlement settlement SET total_after = summed.total
FROM (SELECT id, sum(amount) OVER (PARTITION BY agent_id ORDER BY id) AS total
      FROM kameng_settlement) summed
WHERE summed.id = settlement.id;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("kameng", "0030_schedules"),
    ]
    operations = [
        migrations.AddField(
            model_name="settlement",
            name="total_after",
            field=models.DecimalField(
                decimal_places=4, default=0, max_digits=20, verbose_name="paid out in all"
            ),
        ),
        migrations.RunSQL(FORWARDS, migrations.RunSQL.noop),
        migrations.AddIndex(
            model_name="settlement",
            index=models.Index(fields=["agent", "-created_at"], name="settlement_of_agent_by_time"),
        ),
        migrations.AlterConstraint(
            model_name="policyoverride",
            name="override_once",
            constraint=models.UniqueConstraint(
                fields=("policy", "category", "sku"),
                name="override_once",
                nulls_distinct=False,
                violation_error_message="There is an exception for this already.",
            ),
        ),
    ]
