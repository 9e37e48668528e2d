"""The wholesale portal's part of `check_ledger` (domain.md, Money and Wholesale)."""

from __future__ import annotations

from collections.abc import Iterable

from ledger.checking import CheckResult, check_sql


def run() -> Iterable[CheckResult]:
    yield check_sql(
        "commission payable equals the pending commissions less what is owed back",
        count="SELECT count(*) FROM kameng_agent",
        problems="""
            SELECT agent.id, agent.name, books.balance, coalesce(rows.due, 0)
            FROM kameng_agent agent
            JOIN LATERAL (
                SELECT account.checkpoint_balance + coalesce(sum(posting.amount), 0) AS balance
                FROM ledger_account account
                LEFT JOIN ledger_posting posting ON posting.account_id = account.id
                    AND posting.id > account.checkpoint_posting
                WHERE account.id = agent.commission_payable_id GROUP BY account.id) books ON true
            LEFT JOIN LATERAL (
                SELECT coalesce(sum(amount - reversed_amount)
                                FILTER (WHERE status = 'pending'), 0)
                       - coalesce(sum(clawed_back - recovered), 0) AS due
                FROM kameng_commission commission
                WHERE commission.agent_id = agent.id) rows ON true
            WHERE books.balance <> coalesce(rows.due, 0)""",
        sentence="agent {0} ({1}): the books owe {2}, the commission rows say {3}",
    )
    yield check_sql(
        "the shares of an order stay within its margin",
        count="SELECT count(DISTINCT order_id) FROM kameng_commission",
        problems="""
            SELECT orders.order_no, sum(commission.amount)
            FROM kameng_commission commission JOIN orders_order orders
                ON orders.id = commission.order_id
            GROUP BY orders.id
            HAVING sum(commission.amount) > greatest(
                round(orders.total * orders.delivered_quantity / orders.quantity, 2)
                - orders.cost, 0)""",
        sentence="order {0} pays {1} of commission, more than its margin",
    )
    yield check_sql(
        "what was taken back of a commission fits its status",
        count="SELECT count(*) FROM kameng_commission",
        problems="""
            SELECT id, status, amount, reversed_amount FROM kameng_commission
            WHERE (status = 'void') <> (status <> 'settled' AND reversed_amount = amount)
                OR (status <> 'settled' AND clawed_back > 0)""",
        sentence="commission {0} is {1}, earned {2}, taken back {3}",
    )
    yield check_sql(
        "every settlement is what its commissions had left, and its journal entry",
        count="SELECT count(*) FROM kameng_settlement",
        problems="""
            SELECT settlement.reference, settlement.amount, settled.earned, posted.amount
            FROM kameng_settlement settlement
            JOIN kameng_agent agent ON agent.id = settlement.agent_id
            LEFT JOIN LATERAL (
                SELECT sum(amount - reversed_amount + clawed_back) AS earned, count(*) AS rows
                FROM kameng_commission
                WHERE settlement_reference = settlement.reference
                  AND settlement_reference <> '' AND agent_id = settlement.agent_id
                  AND status = 'settled') settled ON true
            LEFT JOIN LATERAL (
                SELECT sum(posting.amount) AS amount
                FROM ledger_entry entry JOIN ledger_posting posting ON posting.entry_id = entry.id
                WHERE entry.reference = settlement.reference
                  AND posting.account_id = agent.wallet_id) posted ON true
            WHERE settled.earned IS DISTINCT FROM settlement.earned
               OR settled.rows <> settlement.row_count
               OR posted.amount IS DISTINCT FROM settlement.amount
               OR settlement.total_after <> settlement.amount + coalesce((
                   SELECT total_after FROM kameng_settlement earlier
                   WHERE earlier.agent_id = settlement.agent_id AND earlier.id < settlement.id
                   ORDER BY earlier.id DESC LIMIT 1), 0)""",
        sentence="settlement {0} of {1}: its rows had {2} left, the books paid {3}",
    )
    yield check_sql(
        "every sandbox has a play wallet of its own agent, and orders of it pay no commission",
        count="SELECT count(*) FROM kameng_sandbox",
        problems="""
            SELECT 'the sandbox of agent ' || sandbox.agent_id, 'account ' || account.id
            FROM kameng_sandbox sandbox
            JOIN kameng_agent agent ON agent.id = sandbox.agent_id
            JOIN ledger_account account ON account.id = sandbox.wallet_id
            WHERE (account.kind, account.scope, account.unit, account.owner_id)
                <> ('wallet', 'sandbox', 'PLAY', agent.user_id)
            UNION ALL
            SELECT 'order ' || o.order_no, 'commission ' || commission.id
            FROM kameng_commission commission JOIN orders_order o ON o.id = commission.order_id
            WHERE o.channel = 'sandbox'""",
        sentence="{0} has {1}",
    )
    yield check_sql(
        "every stored upline path is the one of the tree",
        count="SELECT count(*) FROM kameng_agent",
        problems="""
            SELECT agent.id, agent.upline_ids::text FROM kameng_agent agent
            LEFT JOIN kameng_agent parent ON parent.id = agent.parent_id
            WHERE agent.upline_ids <>
                CASE WHEN parent.id IS NULL THEN '{}' ELSE parent.id || parent.upline_ids END
                OR agent.level <> cardinality(agent.upline_ids)
                OR agent.tree_id <> coalesce(parent.tree_id, agent.tree_id)
                OR NOT (agent.lft > coalesce(parent.lft, 0)
                        AND agent.rght < coalesce(parent.rght, agent.rght + 1))""",
        sentence="agent {0} has the stored path {1}, its parents in the tree say otherwise",
    )
