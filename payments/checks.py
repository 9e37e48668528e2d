"""What must hold of refunds that staff settled, and of gateways that paid after all."""

from __future__ import annotations

from collections.abc import Iterable

from ledger.checking import CheckResult, check_sql


def run() -> Iterable[CheckResult]:
    yield check_sql(
        "refunds settled by staff are booked to where they were paid",
        count="SELECT count(*) FROM payments_refundhandling",
        problems="""
            SELECT refund.refund_no, handling.kind, refund.status
            FROM payments_refundhandling handling
            JOIN payments_paymentrefund refund ON refund.id = handling.refund_id
            WHERE CASE handling.kind
                WHEN 'sent_again' THEN refund.status NOT IN ('replaced', 'done')
                ELSE refund.status <> CASE handling.kind
                        WHEN 'by_hand' THEN 'by_hand' ELSE 'in_wallet' END
                    OR NOT EXISTS (
                        SELECT FROM ledger_entry entry
                        JOIN ledger_posting posting ON posting.entry_id = entry.id
                        JOIN ledger_account account ON account.id = posting.account_id
                        WHERE entry.reference = 'refund:' || refund.refund_no || ':'
                                || refund.status
                            AND posting.amount = refund.amount
                            AND CASE handling.kind
                                WHEN 'by_hand' THEN account.kind = 'cash'
                                    AND account.scope = 'bank'
                                ELSE account.kind = 'wallet' END)
                END""",
        sentence="refund {0} was settled ({1}) and is {2}, the books don't say so",
    )
    yield check_sql(
        "every refund that staff ended says how",
        count="SELECT count(*) FROM payments_paymentrefund",
        problems="""
            SELECT refund_no, status FROM payments_paymentrefund refund
            WHERE status IN ('by_hand', 'in_wallet') AND NOT EXISTS (
                SELECT FROM payments_refundhandling h WHERE h.refund_id = refund.id)""",
        sentence="refund {0} is {1}, nobody settled it",
    )
    yield check_sql(
        "one number of every refund counts, of its whole amount",
        count="SELECT count(*) FROM payments_paymentrefund WHERE original_id IS NOT NULL",
        problems="""
            SELECT coalesce(original_id, id), count(*) FILTER (WHERE status <> 'replaced')
            FROM payments_paymentrefund GROUP BY coalesce(original_id, id)
            HAVING count(*) FILTER (WHERE status <> 'replaced') <> 1
                OR count(DISTINCT amount) > 1 OR count(DISTINCT receipt_id) > 1""",
        sentence="refund {0} counts {1} times, or in different amounts",
    )
    yield check_sql(
        "what gateways paid twice equals their losses",
        count="SELECT count(*) FROM payments_paymentrefund WHERE is_paid_twice",
        problems="""
            SELECT coalesce(books.scope, refunds.gateway), coalesce(books.amount, 0),
                   coalesce(refunds.amount, 0)
            FROM (
                SELECT account.scope, -sum(posting.amount) AS amount
                FROM ledger_account account
                JOIN ledger_posting posting ON posting.account_id = account.id
                JOIN ledger_entry entry ON entry.id = posting.entry_id
                WHERE account.kind = 'gateway_loss' AND entry.kind = 'gateway_loss'
                GROUP BY account.scope
            ) books FULL JOIN (
                SELECT receipt.gateway, sum(refund.amount) AS amount
                FROM payments_paymentrefund refund
                JOIN payments_receipt receipt ON receipt.id = refund.receipt_id
                WHERE refund.is_paid_twice GROUP BY receipt.gateway
            ) refunds ON refunds.gateway = books.scope
            WHERE coalesce(books.amount, 0) <> coalesce(refunds.amount, 0)""",
        sentence="losses by {0} are {1} in the books, {2} by its refunds",
    )
