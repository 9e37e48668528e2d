"""The ledger's own invariants (domain.md, Money)."""

from __future__ import annotations

from collections.abc import Iterable

from ledger.checking import CheckResult, check_sql


def run() -> Iterable[CheckResult]:
    yield check_sql(
        "every entry sums to zero per unit",
        count="SELECT count(*) FROM ledger_entry",
        problems="""
            SELECT entry.reference, posting.unit, sum(posting.amount)
            FROM ledger_posting posting JOIN ledger_entry entry ON entry.id = posting.entry_id
            GROUP BY entry.reference, posting.unit HAVING sum(posting.amount) <> 0""",
        sentence="entry {0} sums to {2} {1}",
    )
    yield check_sql(
        "every entry has postings",
        count="SELECT count(*) FROM ledger_entry",
        problems="""
            SELECT reference FROM ledger_entry entry WHERE NOT EXISTS (
                SELECT FROM ledger_posting posting WHERE posting.entry_id = entry.id)""",
        sentence="entry {0} has no postings",
    )
    yield check_sql(
        "every posting's account exists in its unit",
        count="SELECT count(*) FROM ledger_posting",
        problems="""
            SELECT posting.id FROM ledger_posting posting
            LEFT JOIN ledger_account account
                ON account.id = posting.account_id AND account.unit = posting.unit
            WHERE account.id IS NULL""",
        sentence="posting {0} has no account of its unit",
    )
    yield check_sql(
        "play money never stands in one entry with anything else",
        count="SELECT count(DISTINCT entry_id) FROM ledger_posting WHERE unit = 'PLAY'",
        problems="""
            SELECT entry.reference FROM ledger_entry entry
            WHERE EXISTS (SELECT FROM ledger_posting play
                          WHERE play.entry_id = entry.id AND play.unit = 'PLAY')
              AND EXISTS (SELECT FROM ledger_posting other
                          WHERE other.entry_id = entry.id AND other.unit <> 'PLAY')""",
        sentence="entry {0} moves play money together with something else",
    )
    yield check_sql(
        "every guarded balance equals its postings",
        count="SELECT count(*) FROM ledger_account WHERE is_guarded",
        problems="""
            SELECT account.id, account.kind, account.balance, coalesce(sum(posting.amount), 0)
            FROM ledger_account account
            LEFT JOIN ledger_posting posting ON posting.account_id = account.id
            WHERE account.is_guarded
            GROUP BY account.id HAVING account.balance <> coalesce(sum(posting.amount), 0)""",
        sentence="{1} account {0} says {2}, its postings say {3}",
    )
    yield check_sql(
        "every guarded balance respects its floor",
        count="SELECT count(*) FROM ledger_account WHERE is_guarded",
        problems="SELECT id, kind, balance, floor FROM ledger_account"
        " WHERE is_guarded AND balance < floor",
        sentence="{1} account {0} has {2}, below its floor {3}",
    )
    yield check_sql(
        "running balances in statements add up",
        count="SELECT count(*) FROM ledger_posting WHERE balance_after IS NOT NULL",
        problems="""
            SELECT id, account_id FROM (
                SELECT id, account_id, balance_after,
                       sum(amount) OVER (PARTITION BY account_id ORDER BY id) AS running
                FROM ledger_posting WHERE balance_after IS NOT NULL) rows
            WHERE running <> balance_after""",
        sentence="posting {0} of account {1} shows a wrong running balance",
    )
    yield check_sql(
        "checkpoints of open accounts equal their postings",
        count="SELECT count(*) FROM ledger_account WHERE NOT is_guarded",
        problems="""
            SELECT account.id, account.kind, account.scope, account.checkpoint_balance,
                   coalesce(sum(posting.amount), 0)
            FROM ledger_account account
            LEFT JOIN ledger_posting posting ON posting.account_id = account.id
                AND posting.id <= account.checkpoint_posting
            WHERE NOT account.is_guarded
            GROUP BY account.id
            HAVING account.checkpoint_balance <> coalesce(sum(posting.amount), 0)""",
        sentence="{1} {2} (account {0}) has checkpoint {3}, its postings say {4}",
    )
    yield check_sql(
        "everything sums to zero",
        count="SELECT count(*) FROM ledger_posting",
        problems="SELECT unit, sum(amount) FROM ledger_posting GROUP BY unit"
        " HAVING sum(amount) <> 0",
        sentence="all postings in {0} sum to {1}",
    )
