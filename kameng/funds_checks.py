"""What agents' deposits and withdrawals promise the books: a part of `check_ledger`."""

from __future__ import annotations

from collections.abc import Iterable

from ledger.checking import CheckResult, check_sql


def run() -> Iterable[CheckResult]:
    yield check_sql(
        "every confirmed bank transfer has its entry, and no other has one",
        count="SELECT count(*) FROM kameng_offlinedeposit",
        problems="""
            SELECT deposit.deposit_no, deposit.status, coalesce(booked.amount::text, 'nothing'),
                   coalesce(deposit.received_amount::text, 'nothing')
            FROM kameng_offlinedeposit deposit
            JOIN kameng_agent agent ON agent.id = deposit.agent_id
            LEFT JOIN LATERAL (
                SELECT sum(posting.amount) AS amount,
                       EXISTS (SELECT FROM ledger_entry back WHERE back.reverses_id = entry.id)
                           AS is_reversed
                FROM ledger_entry entry
                JOIN ledger_posting posting
                    ON posting.entry_id = entry.id AND posting.account_id = agent.wallet_id
                WHERE entry.reference = 'offline-deposit:' || deposit.deposit_no
                GROUP BY entry.id) booked ON true
            WHERE (deposit.status IN ('confirmed', 'reversed'))
                    <> (booked.amount IS NOT NULL)
                OR booked.amount <> deposit.received_amount
                OR booked.is_reversed <> (deposit.status = 'reversed')""",
        sentence="transfer {0} is {1}: the books have {2}, it says {3}",
    )
    yield check_sql(
        "the account of withdrawals holds the open ones, and nothing else",
        count="SELECT count(*) FROM kameng_withdrawal WHERE status IN"
        " ('requested', 'checked', 'approved')",
        problems="""
            SELECT books.balance, rows.open FROM
                (SELECT coalesce(sum(account.checkpoint_balance + coalesce((
                     SELECT sum(amount) FROM ledger_posting posting
                     WHERE posting.account_id = account.id
                       AND posting.id > account.checkpoint_posting), 0)), 0) AS balance
                 FROM ledger_account account WHERE account.kind = 'withdrawal') books,
                (SELECT coalesce(sum(amount), 0) AS open FROM kameng_withdrawal
                 WHERE status IN ('requested', 'checked', 'approved')) rows
            WHERE books.balance <> rows.open""",
        sentence="the books hold {0}, open withdrawals are {1}",
    )
    yield check_sql(
        "every withdrawal has the entries of its status, with its amount and its fee",
        count="SELECT count(*) FROM kameng_withdrawal",
        problems="""
            SELECT w.withdrawal_no, w.status, coalesce(asked.taken::text, 'nothing'),
                   coalesce(paid.net::text, 'nothing'), coalesce(paid.fee::text, 'nothing')
            FROM kameng_withdrawal w JOIN kameng_agent agent ON agent.id = w.agent_id
            LEFT JOIN LATERAL (
                SELECT sum(posting.amount) AS taken,
                       EXISTS (SELECT FROM ledger_entry b WHERE b.reverses_id = entry.id) AS undone
                FROM ledger_entry entry
                JOIN ledger_posting posting
                    ON posting.entry_id = entry.id AND posting.account_id = agent.wallet_id
                WHERE entry.reference = 'withdrawal:' || w.withdrawal_no || ':asked'
                GROUP BY entry.id) asked ON true
            LEFT JOIN LATERAL (
                SELECT sum(posting.amount) FILTER (WHERE account.kind = 'cash') AS net,
                       coalesce(sum(posting.amount)
                                FILTER (WHERE account.kind = 'fee_income'), 0) AS fee,
                       EXISTS (SELECT FROM ledger_entry b WHERE b.reverses_id = entry.id) AS undone
                FROM ledger_entry entry
                JOIN ledger_posting posting ON posting.entry_id = entry.id
                JOIN ledger_account account ON account.id = posting.account_id
                WHERE entry.reference = 'withdrawal:' || w.withdrawal_no || ':paid'
                GROUP BY entry.id) paid ON true
            WHERE asked.taken IS DISTINCT FROM -w.amount
                OR asked.undone <> (w.status IN ('refused', 'cancelled', 'failed', 'returned'))
                OR (paid.net IS NOT NULL) <> (w.status IN ('paid', 'returned'))
                OR (paid.net, paid.fee) IS DISTINCT FROM
                   (CASE WHEN paid.net IS NOT NULL THEN w.amount - w.fee END,
                    CASE WHEN paid.net IS NOT NULL THEN w.fee END)
                OR paid.undone <> (w.status = 'returned')""",
        sentence="withdrawal {0} is {1}: taken {2}, paid {3} with a fee of {4}",
    )
    yield check_sql(
        "every wallet's floor is the agreed credit line, or climbs to it",
        count="SELECT count(*) FROM kameng_creditline WHERE ended_at IS NULL",
        problems="""
            SELECT agent.id, agent.name, coalesce(wallet.climbs_to, wallet.floor),
                   coalesce(line.amount, 0)
            FROM kameng_agent agent JOIN ledger_account wallet ON wallet.id = agent.wallet_id
            LEFT JOIN kameng_creditline line ON line.agent_id = agent.id AND line.ended_at IS NULL
            WHERE coalesce(wallet.climbs_to, wallet.floor) <> -coalesce(line.amount, 0)
                AND EXISTS (SELECT FROM kameng_creditline any_line
                            WHERE any_line.agent_id = agent.id)""",
        sentence="agent {0} ({1}) has the floor {2}, its credit line is {3}",
    )
