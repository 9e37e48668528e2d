"""What must hold between orders, stock, payments and the books (domain.md, Money)."""

from __future__ import annotations

from collections.abc import Iterable

from ledger.checking import CheckResult, check_sql

# A posting of an order's or a payment's own: not one by which staff settled a difference from a
# statement (reconciliation/checks.py covers those), nor the reversal of one.
OWN = """NOT EXISTS (
    SELECT FROM ledger_entry entry LEFT JOIN ledger_entry undone ON undone.id = entry.reverses_id
    WHERE entry.id = posting.entry_id
        AND (entry.kind = 'reconciliation' OR undone.kind = 'reconciliation'))"""
BALANCE = """
    SELECT coalesce(sum(posting.amount), 0) FROM ledger_posting posting
    JOIN ledger_account account ON account.id = posting.account_id
    WHERE account.kind = '{kind}'"""


def run() -> Iterable[CheckResult]:
    yield check_sql(
        "escrow equals the totals of open orders",
        count="SELECT count(*) FROM orders_order WHERE status IN ('paid', 'fulfilling')",
        problems=f"""
            SELECT units.unit, books.amount, orders.amount FROM
                (VALUES ('CNY', false), ('PLAY', true)) units (unit, is_play),
                LATERAL ({BALANCE.format(kind="escrow")} AND account.unit = units.unit)
                    books (amount),
                LATERAL (SELECT coalesce(sum(total), 0) FROM orders_order
                 WHERE status IN ('paid', 'fulfilling')
                   AND (channel = 'sandbox') = units.is_play) orders (amount)
            WHERE books.amount <> orders.amount""",
        sentence="escrow holds {1} {0}, open orders come to {2}",
    )
    yield check_sql(
        "revenue and cost equal what was delivered, by channel",
        count="SELECT count(*) FROM orders_order WHERE delivered_quantity > 0",
        problems=f"""
            SELECT coalesce(books.kind, sold.kind), coalesce(books.scope, sold.channel),
                   coalesce(books.amount, 0), coalesce(sold.amount, 0)
            FROM (
                -- What a promotion paid of an order is in its revenue, which is whole.
                SELECT CASE account.kind WHEN 'cost' THEN 'cost' ELSE 'revenue' END AS kind,
                       account.scope, sum(posting.amount) AS amount
                FROM ledger_account account JOIN ledger_posting posting
                    ON posting.account_id = account.id
                WHERE account.kind IN ('revenue', 'cost', 'promotion_expense') AND {OWN}
                GROUP BY 1, 2
            ) books FULL JOIN (
                -- Of an order that is paid by points the promotion has paid when it was placed.
                SELECT 'revenue' AS kind, channel, sum(
                    CASE WHEN funding <> 'points' THEN total - refunded
                         WHEN status IN ('paid', 'fulfilling') THEN -total ELSE 0 END) AS amount
                FROM orders_order WHERE status IN ('completed', 'partially_completed')
                    OR (funding = 'points' AND status IN ('paid', 'fulfilling'))
                GROUP BY channel
                UNION ALL
                -- What suppliers granted of claims has come back out of the cost.
                SELECT 'cost', channel, sum(amount) FROM (
                    SELECT channel, -cost AS amount FROM orders_order WHERE delivered_quantity > 0
                    UNION ALL
                    SELECT channel, accepted_amount FROM orders_supplierclaim
                    WHERE status = 'accepted') costs
                GROUP BY channel
            ) sold ON sold.kind = books.kind AND sold.channel = books.scope
            WHERE coalesce(books.amount, 0) <> coalesce(sold.amount, 0)""",
        sentence="{0} of {1} is {2} in the books, {3} by its orders",
    )
    yield check_sql(
        "orders of the sandbox, and no others, are paid in play money and sent to its suppliers",
        count="SELECT count(*) FROM orders_order",
        problems="""
            SELECT o.order_no, o.channel, 'supplier ' || supplier.code
            FROM orders_fulfilment f JOIN orders_order o ON o.id = f.order_id
            JOIN suppliers_supplier supplier ON supplier.id = f.supplier_id
            WHERE supplier.is_sandbox <> (o.channel = 'sandbox')
            UNION ALL
            SELECT o.order_no, o.channel, 'a wallet of ' || account.unit
            FROM orders_order o JOIN ledger_account account ON account.id = o.wallet_id
            WHERE (account.unit = 'PLAY') <> (o.channel = 'sandbox')""",
        sentence="order {0} of {1} used {2}",
    )
    yield check_sql(
        "statuses, delivered quantities and fulfilments agree",
        count="SELECT count(*) FROM orders_order",
        problems="""
            SELECT o.order_no, o.status, o.delivered_quantity, coalesce(f.delivered, 0),
                   coalesce(f.undecided, 0)
            FROM orders_order o LEFT JOIN (
                -- Units beyond the order's own are replacements.
                SELECT attempt.order_id,
                       sum(attempt.delivered_quantity) FILTER (
                           WHERE attempt.status = 'succeeded') AS delivered,
                       count(*) FILTER (
                           WHERE attempt.status NOT IN ('succeeded', 'failed')) AS undecided,
                       bool_or(attempt.status <> 'succeeded'
                           AND attempt.delivered_quantity > 0) AS is_odd
                FROM orders_fulfilment attempt
                JOIN orders_order ordered ON ordered.id = attempt.order_id
                WHERE attempt.first_unit < ordered.quantity
                GROUP BY attempt.order_id) f ON f.order_id = o.id
            WHERE o.delivered_quantity <> coalesce(f.delivered, 0) OR f.is_odd
               OR NOT CASE o.status
                WHEN 'completed' THEN o.delivered_quantity = o.quantity
                WHEN 'partially_completed' THEN o.delivered_quantity > 0
                    AND o.delivered_quantity < o.quantity
                WHEN 'fulfilling' THEN o.delivered_quantity < o.quantity
                ELSE o.delivered_quantity = 0 END
               OR (coalesce(f.undecided, 0) > 0) <> (o.status = 'fulfilling')""",
        sentence="order {0} is {1} with {2} delivered, {3} by its attempts, of which {4} are open",
    )
    yield check_sql(
        "every late success is booked as the supplier's loss",
        count="SELECT count(*) FROM orders_fulfilment WHERE late_success_at IS NOT NULL",
        problems="""
            SELECT attempt.fulfilment_no FROM orders_fulfilment attempt
            WHERE attempt.late_success_at IS NOT NULL AND attempt.cost > 0 AND NOT EXISTS (
                SELECT FROM ledger_entry entry WHERE entry.reference
                    = 'fulfilment:' || attempt.fulfilment_no || ':late-success')""",
        sentence="attempt {0} succeeded late, and no loss is booked",
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
            SELECT o.order_no, o.delivered_quantity + coalesce(r.units, 0), coalesce(a.cards, 0)
            FROM orders_order o LEFT JOIN (
                SELECT order_id, sum(end_position - first_position) AS cards
                FROM catalog_cardallocation GROUP BY order_id) a ON a.order_id = o.id
            LEFT JOIN (
                SELECT order_id, sum(delivered_quantity) AS units
                FROM orders_replacement GROUP BY order_id) r ON r.order_id = o.id
            WHERE o.kind = 'card'
              AND o.delivered_quantity + coalesce(r.units, 0) <> coalesce(a.cards, 0)""",
        sentence="order {0} delivered {1}, but has {2} cards",
    )
    yield check_sql(
        "every card is on an order that exists",
        count="SELECT count(*) FROM catalog_cardallocation",
        problems="""
            SELECT allocation.id, allocation.order_id FROM catalog_cardallocation allocation
            LEFT JOIN orders_order o ON o.id = allocation.order_id
            WHERE o.id IS NULL AND allocation.order_id IS NOT NULL""",
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
        "refund clearing equals unconfirmed gateway refunds, by gateway",
        count="SELECT count(*) FROM payments_paymentrefund",
        problems="""
            SELECT coalesce(books.scope, refunds.gateway), coalesce(books.amount, 0),
                   coalesce(refunds.amount, 0)
            FROM (
                SELECT account.scope, sum(posting.amount) AS amount
                FROM ledger_account account JOIN ledger_posting posting
                    ON posting.account_id = account.id
                WHERE account.kind = 'refund_clearing' GROUP BY account.scope
            ) books FULL JOIN (
                SELECT receipt.gateway, sum(refund.amount) AS amount
                FROM payments_paymentrefund refund
                JOIN payments_receipt receipt ON receipt.id = refund.receipt_id
                WHERE refund.status IN ('pending', 'failed') GROUP BY receipt.gateway
            ) refunds ON refunds.gateway = books.scope
            WHERE coalesce(books.amount, 0) <> coalesce(refunds.amount, 0)""",
        sentence="refund clearing of {0} holds {1}, unconfirmed refunds come to {2}",
    )
    yield check_sql(
        "cash of each gateway equals its receipts less its refunds",
        count="SELECT count(*) FROM payments_receipt",
        problems=f"""
            SELECT receipts.gateway, coalesce(books.amount, 0), receipts.amount
            FROM (
                SELECT receipt.gateway, sum(receipt.amount) - coalesce(sum(refund.amount), 0)
                    AS amount
                FROM payments_receipt receipt LEFT JOIN (
                    SELECT receipt_id, sum(amount) AS amount FROM payments_paymentrefund
                    WHERE status = 'done' OR is_paid_twice GROUP BY receipt_id
                ) refund ON refund.receipt_id = receipt.id
                GROUP BY receipt.gateway
            ) receipts LEFT JOIN (
                SELECT account.scope, -sum(posting.amount) AS amount
                FROM ledger_account account JOIN ledger_posting posting
                    ON posting.account_id = account.id
                WHERE account.kind = 'cash' AND {OWN} GROUP BY account.scope
            ) books ON books.scope = receipts.gateway
            WHERE coalesce(books.amount, 0) <> receipts.amount""",
        sentence="cash of {0} is {1} in the books, {2} by its receipts and refunds",
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
                WHERE r.receipt_id = receipt.id AND r.status <> 'replaced') > receipt.amount""",
        sentence="receipt {0} is not booked, or more than it was sent back",
    )
    yield from _after_the_sale()


def _after_the_sale() -> Iterable[CheckResult]:
    yield check_sql(
        "replacements agree with their attempts and are booked at their cost",
        count="SELECT count(*) FROM orders_replacement",
        problems="""
            SELECT o.order_no, r.status, r.delivered_quantity, coalesce(f.delivered, 0), r.cost,
                   coalesce(f.booked, 0)
            FROM orders_replacement r JOIN orders_order o ON o.id = r.order_id
            LEFT JOIN LATERAL (
                SELECT sum(attempt.delivered_quantity) AS delivered,
                       count(*) FILTER (
                           WHERE attempt.status NOT IN ('succeeded', 'failed')) AS undecided,
                       -sum(posting.amount) AS booked
                FROM orders_fulfilment attempt
                LEFT JOIN ledger_entry entry ON entry.reference
                    = 'fulfilment:' || attempt.fulfilment_no || ':replaced'
                LEFT JOIN ledger_posting posting ON posting.entry_id = entry.id
                    AND posting.account_id IN (SELECT id FROM ledger_account WHERE kind = 'cost')
                WHERE attempt.order_id = r.order_id AND attempt.first_unit >= r.first_unit
                  AND attempt.first_unit < r.first_unit + r.quantity) f ON true
            WHERE r.first_unit < o.quantity OR r.delivered_quantity <> coalesce(f.delivered, 0)
               OR r.cost <> coalesce(f.booked, 0)
               OR (r.status = 'open') <> (coalesce(f.undecided, 0) > 0)""",
        sentence="a replacement of order {0} is {1} with {2} delivered at {4}, by its attempts {3},"
        " in the books {5}",
    )
    yield check_sql(
        "claims that suppliers granted are booked, each once",
        count="SELECT count(*) FROM orders_supplierclaim WHERE status = 'accepted'",
        problems="""
            SELECT coalesce(claim.claim, booked.claim), coalesce(claim.granted, 0),
                   coalesce(booked.amount, 0)
            FROM (
                SELECT 'supplier-claim:' || claim.id || ':granted' AS claim,
                       claim.accepted_amount AS granted, claim.channel, supplier.code
                FROM orders_supplierclaim claim
                JOIN suppliers_supplier supplier ON supplier.id = claim.supplier_id
                WHERE claim.status = 'accepted') claim
            FULL JOIN (
                SELECT entry.reference AS claim,
                       min(account.scope) FILTER (WHERE account.kind = 'cost') AS channel,
                       min(account.scope) FILTER (WHERE account.kind = 'supplier') AS code,
                       sum(posting.amount) FILTER (WHERE account.kind = 'cost') AS amount
                FROM ledger_entry entry
                JOIN ledger_posting posting ON posting.entry_id = entry.id
                JOIN ledger_account account ON account.id = posting.account_id
                WHERE entry.kind = 'supplier_claim' GROUP BY entry.reference) booked
            ON booked.claim = claim.claim
            WHERE (claim.granted, claim.channel, claim.code)
                IS DISTINCT FROM (booked.amount, booked.channel, booked.code)""",
        sentence="{0} is granted with {1}, booked with {2}",
    )
    yield check_sql(
        "each faulty code is one of its order's",
        count="SELECT count(*) FROM orders_faultycard",
        problems="""
            SELECT o.order_no, faulty.card_id FROM orders_faultycard faulty
            JOIN orders_order o ON o.id = faulty.order_id
            JOIN catalog_card card ON card.id = faulty.card_id
            WHERE NOT EXISTS (
                SELECT FROM catalog_cardallocation allocation
                WHERE allocation.order_id = faulty.order_id AND allocation.lane_id = card.lane_id
                  AND card.position >= allocation.first_position
                  AND card.position < allocation.end_position)""",
        sentence="order {0} never had the faulty code {1}",
    )
