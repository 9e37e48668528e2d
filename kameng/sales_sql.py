"""The SQL of the sales tables: adding up what ended, and seeing what isn't added up yet.

Everything is exact at any moment because each statement sees one snapshot: what is added up
(`kameng_salesday`, …) and what isn't (`FRESH`, `FRESH_EARNED`) never overlap in it.
"""

from __future__ import annotations

# An order that counts, and its day where the shop is.
COUNTED = "o.channel = 'wholesale' AND o.status IN ('completed', 'partially_completed')"
DAY = "(o.finished_at AT TIME ZONE %(zone)s)::date"
UPTO = "(SELECT coalesce(max(upto), 'epoch') FROM kameng_salesupto)"

# What one order, or one refund that came after it was added up, adds to its buyer's day.
_ENDED = f"""
    SELECT buyer.id AS agent_id, buyer.upline_ids, o.sku_id, {DAY} AS day, 1 AS orders,
           o.delivered_quantity AS quantity, o.total AS sales, o.refunded AS refunds
    FROM orders_order o JOIN kameng_agent buyer ON buyer.user_id = o.buyer_id
    WHERE {COUNTED}"""
_REFUNDED = f"""
    SELECT buyer.id, buyer.upline_ids, o.sku_id, {DAY}, 0, 0, 0, late.refunded
    FROM kameng_salescorrection late JOIN orders_order o ON o.id = late.order_id
    JOIN kameng_agent buyer ON buyer.user_id = o.buyer_id"""
_EARNED = f"""
    SELECT c.agent_id, buyer.id AS buyer_id, o.sku_id, {DAY} AS day,
           c.amount - c.reversed_amount AS amount
    FROM orders_order o JOIN kameng_agent buyer ON buyer.user_id = o.buyer_id
    JOIN kameng_commission c ON c.order_id = o.id
    WHERE {COUNTED}"""
_TAKEN_BACK = f"""
    SELECT c.agent_id, buyer.id, o.sku_id, {DAY}, -late.taken_back
    FROM kameng_earnedcorrection late JOIN kameng_commission c ON c.id = late.commission_id
    JOIN orders_order o ON o.id = c.order_id
    JOIN kameng_agent buyer ON buyer.user_id = o.buyer_id"""

# For readers: what the tables don't have yet. `near` is a moment that they had reached a little
# earlier: the database plans by it, and the second condition makes it exact.
FRESH = f"""
fresh AS MATERIALIZED ({_ENDED}
    AND o.finished_at > %(near)s AND o.finished_at > {UPTO}
    UNION ALL {_REFUNDED}
    WHERE o.finished_at <= {UPTO}
)"""
FRESH_EARNED = f"""
fresh_earned AS MATERIALIZED ({_EARNED}
    AND o.finished_at > %(near)s AND o.finished_at > {UPTO}
    UNION ALL {_TAKEN_BACK}
    WHERE o.finished_at <= {UPTO}
)"""

# How far it is safe to add up: an order that is not visible yet ended after its transaction began,
# so not before the oldest under way. One that has written nothing for ten minutes only reads.
SAFE = """
SELECT least(clock_timestamp(), min(xact_start)) - make_interval(secs => %(margin_seconds)s)
FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
  AND (backend_xid IS NOT NULL OR xact_start > now() - interval '10 minutes')
"""

# One statement adds up what ended in (since, upto], and the refunds of what was added up before.
ADD_UP_SALES = f"""
WITH done AS (
    DELETE FROM kameng_salescorrection late USING orders_order o
    WHERE o.id = late.order_id AND o.finished_at <= %(upto)s
    RETURNING late.order_id, late.refunded, o.finished_at > %(since)s AS is_counted
), taken AS MATERIALIZED ({_ENDED}
        AND o.finished_at > %(since)s AND o.finished_at <= %(upto)s
    UNION ALL
    SELECT buyer.id, buyer.upline_ids, o.sku_id, {DAY}, 0, 0, 0, done.refunded
    FROM done JOIN orders_order o ON o.id = done.order_id
    JOIN kameng_agent buyer ON buyer.user_id = o.buyer_id
    WHERE NOT done.is_counted  -- the others' refunds stand in their orders already
), each AS MATERIALIZED (
    SELECT agent_id, 'own' AS scope, day, sku_id, sum(orders) AS orders, sum(quantity) AS quantity,
           sum(sales) AS sales, sum(refunds) AS refunds
    FROM taken GROUP BY agent_id, day, sku_id
    UNION ALL
    SELECT above.id, 'below', day, sku_id, sum(orders), sum(quantity), sum(sales), sum(refunds)
    FROM taken CROSS JOIN LATERAL unnest(upline_ids) AS above (id) GROUP BY above.id, day, sku_id
), days AS (
    INSERT INTO kameng_salesday AS kept
        (agent_id, scope, day, sku_id, orders, quantity, sales, refunds)
    SELECT agent_id, scope, day, sku_id, orders, quantity, sales, refunds
    FROM each ORDER BY agent_id, scope, day, sku_id
    ON CONFLICT (agent_id, scope, day, sku_id) DO UPDATE SET
        orders = kept.orders + excluded.orders, quantity = kept.quantity + excluded.quantity,
        sales = kept.sales + excluded.sales, refunds = kept.refunds + excluded.refunds
), months AS (
    INSERT INTO kameng_salesmonth AS kept (agent_id, month, own_orders, own, below)
    SELECT agent_id, date_trunc('month', day)::date,
           coalesce(sum(orders) FILTER (WHERE scope = 'own'), 0),
           coalesce(sum(sales - refunds) FILTER (WHERE scope = 'own'), 0),
           coalesce(sum(sales - refunds) FILTER (WHERE scope = 'below'), 0)
    FROM each GROUP BY 1, 2 ORDER BY 1, 2
    ON CONFLICT (agent_id, month) DO UPDATE SET
        own_orders = kept.own_orders + excluded.own_orders,
        own = kept.own + excluded.own, below = kept.below + excluded.below
)
SELECT count(*) FROM taken
"""
ADD_UP_EARNED = f"""
WITH done AS (
    DELETE FROM kameng_earnedcorrection late USING kameng_commission c, orders_order o
    WHERE c.id = late.commission_id AND o.id = c.order_id AND o.finished_at <= %(upto)s
    RETURNING late.commission_id, late.taken_back, o.finished_at > %(since)s AS is_counted
), taken AS ({_EARNED}
        AND o.finished_at > %(since)s AND o.finished_at <= %(upto)s
    UNION ALL
    SELECT c.agent_id, buyer.id, o.sku_id, {DAY}, -done.taken_back
    FROM done JOIN kameng_commission c ON c.id = done.commission_id
    JOIN orders_order o ON o.id = c.order_id
    JOIN kameng_agent buyer ON buyer.user_id = o.buyer_id
    WHERE NOT done.is_counted
)
INSERT INTO kameng_earnedday AS kept (agent_id, day, buyer_id, sku_id, amount)
SELECT agent_id, day, buyer_id, sku_id, sum(amount) FROM taken
GROUP BY agent_id, day, buyer_id, sku_id ORDER BY 1, 2, 3, 4
ON CONFLICT (agent_id, day, buyer_id, sku_id) DO UPDATE SET amount = kept.amount + excluded.amount
"""
