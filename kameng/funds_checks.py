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
