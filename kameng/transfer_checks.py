"""Transfers between agents, compared with the books (part of `check_ledger`)."""

from __future__ import annotations

from collections.abc import Iterable

from ledger.checking import CheckResult, check_sql


def run() -> Iterable[CheckResult]:
    yield check_sql(
        "every transfer of deposit is one entry from its sender's wallet into its receiver's",
        count="SELECT count(*) FROM kameng_deposittransfer",
        problems="""
            SELECT entry.reference FROM ledger_entry entry
            LEFT JOIN kameng_deposittransfer transfer ON transfer.entry_id = entry.id
            LEFT JOIN kameng_agent sender ON sender.id = transfer.sender_id
            LEFT JOIN kameng_agent receiver ON receiver.id = transfer.receiver_id
            WHERE entry.kind = 'deposit_transfer' AND (
                transfer.id IS NULL
                OR (SELECT count(*) FROM ledger_posting posting
                    WHERE posting.entry_id = entry.id) <> 2
                OR NOT EXISTS (
                    SELECT FROM ledger_posting posting WHERE posting.entry_id = entry.id
                    AND posting.account_id = sender.wallet_id AND posting.amount = -transfer.amount)
                OR NOT EXISTS (
                    SELECT FROM ledger_posting posting WHERE posting.entry_id = entry.id
                    AND posting.account_id = receiver.wallet_id
                    AND posting.amount = transfer.amount))
            UNION ALL
            SELECT transfer.transfer_no FROM kameng_deposittransfer transfer
            JOIN ledger_entry entry ON entry.id = transfer.entry_id
            WHERE entry.kind <> 'deposit_transfer'""",
        sentence="{0} doesn't move what its transfer says",
    )
    yield check_sql(
        "no transfer handed on money of a credit line",
        count="SELECT count(*) FROM kameng_deposittransfer",
        problems="""
            SELECT transfer.transfer_no, posting.balance_after
            FROM kameng_deposittransfer transfer
            JOIN kameng_agent sender ON sender.id = transfer.sender_id
            JOIN ledger_posting posting ON posting.entry_id = transfer.entry_id
                AND posting.account_id = sender.wallet_id
            WHERE posting.balance_after < 0""",
        sentence="transfer {0} left its sender with {1}",
    )
    yield check_sql(
        "a transfer was taken back exactly when its entry was reversed",
        count="SELECT count(*) FROM kameng_deposittransfer WHERE status = 'reversed'",
        problems="""
            SELECT transfer.transfer_no, transfer.status
            FROM kameng_deposittransfer transfer
            LEFT JOIN ledger_entry reversal ON reversal.reverses_id = transfer.entry_id
            WHERE (transfer.status = 'reversed') <> (reversal.id IS NOT NULL)""",
        sentence="transfer {0} is {1}, the books say otherwise",
    )
