"""What must hold between orders, stock, payments and the books (domain.md, Money)."""

from __future__ import annotations

from collections.abc import Iterable

from ledger.checking import CheckResult, check_sql

BALANCE = """
    SELECT coalesce(sum(posting.amount), 0) FROM ledger_posting posting
    JOIN ledger_account account ON account.id = posting.account_id
    WHERE account.kind = '{kind}'"""


def run() -> Iterable[CheckResult]:
    yield check_sql(
        "escrow equals the totals of open orders",
        count="SELECT count(*) FROM orders_order WHERE status IN ('paid', 'fulfilling')",
        problems=f"""
            SELECT books.amount, orders.amount FROM
                ({BALANCE.format(kind="escrow")}) books (amount),
                (SELECT coalesce(sum(total), 0) FROM orders_order
                 WHERE status IN ('paid', 'fulfilling')) orders (amount)
            WHERE books.amount <> orders.amount""",
        sentence="escrow holds {0}, open orders come to {1}",
    )
    yield check_sql(
        "inventory equals the cost of unsold cards",
        count="SELECT coalesce(sum(size - next_position), 0) FROM catalog_stocklane",
        problems=f"""
            SELECT -books.amount, stock.amount FROM
                ({BALANCE.format(kind="inventory")}) books (amount),
                (SELECT coalesce(sum((size - next_position) * unit_cost), 0)
                 FROM catalog_stocklane) stock (amount)
            WHERE -books.amount <> stock.amount""",
        sentence="inventory says {0}, unsold cards cost {1}",
    )
    yield check_sql(
        "delivered cards equal completed quantities",
        count="SELECT count(*) FROM orders_order WHERE kind = 'card'",
        problems="""
            SELECT o.order_no, o.delivered_quantity, coalesce(a.cards, 0)
            FROM orders_order o LEFT JOIN (
                SELECT order_id, sum(end_position - first_position) AS cards
                FROM catalog_cardallocation GROUP BY order_id) a ON a.order_id = o.id
            WHERE o.kind = 'card' AND o.delivered_quantity <> coalesce(a.cards, 0)""",
        sentence="order {0} delivered {1}, but has {2} cards",
    )
    yield check_sql(
        "every card is on an order that exists",
        count="SELECT count(*) FROM catalog_cardallocation",
        problems="""
            SELECT allocation.id, allocation.order_id FROM catalog_cardallocation allocation
            LEFT JOIN orders_order o ON o.id = allocation.order_id WHERE o.id IS NULL""",
        sentence="allocation {0} names order key {1}, which doesn't exist",
    )
    yield check_sql(
        "what an order kept and gave back adds up",
        count="SELECT count(*) FROM orders_order",
        problems="""
            SELECT o.order_no, o.refunded, coalesce(r.amount, 0) FROM orders_order o
            LEFT JOIN (SELECT order_id, sum(amount) AS amount FROM orders_refund
                       GROUP BY order_id) r ON r.order_id = o.id
            WHERE o.refunded <> coalesce(r.amount, 0)
               OR (o.status = 'failed' AND o.refunded <> o.total)""",
        sentence="order {0} says {1} refunded, its refunds come to {2}",
    )
    yield check_sql(
        "every status has its timeline row",
        count="SELECT count(*) FROM orders_order",
        problems="""
            SELECT o.order_no, o.status FROM orders_order o WHERE NOT EXISTS (
                SELECT FROM orders_orderevent e WHERE e.order_id = o.id AND e.status = o.status)""",
        sentence="order {0} is {1}, its timeline doesn't say so",
    )
    yield check_sql(
        "refund clearing equals unconfirmed gateway refunds",
        count="SELECT count(*) FROM payments_paymentrefund",
        problems=f"""
            SELECT books.amount, refunds.amount FROM
                ({BALANCE.format(kind="refund_clearing")}) books (amount),
                (SELECT coalesce(sum(amount), 0) FROM payments_paymentrefund
                 WHERE status <> 'done') refunds (amount)
            WHERE books.amount <> refunds.amount""",
        sentence="refund clearing holds {0}, unconfirmed refunds come to {1}",
    )
    yield check_sql(
        "every receipt is booked, refunds never exceed it",
        count="SELECT count(*) FROM payments_receipt",
        problems="""
            SELECT receipt.trade_no FROM payments_receipt receipt
            WHERE NOT EXISTS (
                SELECT FROM ledger_entry entry
                WHERE entry.reference = 'receipt:' || receipt.gateway || ':' || receipt.trade_no)
            OR (SELECT coalesce(sum(amount), 0) FROM payments_paymentrefund r
                WHERE r.receipt_id = receipt.id AND r.status <> 'failed') > receipt.amount""",
        sentence="receipt {0} is not booked, or more than it was sent back",
    )
