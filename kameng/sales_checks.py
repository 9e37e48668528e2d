"""Sales that were added up, compared with the orders (part of `check_ledger`)."""

from __future__ import annotations

from collections.abc import Iterable

from django.conf import settings

from kameng import sales_sql
from ledger.checking import CheckResult, check_sql

_ZONE = settings.TIME_ZONE
assert _ZONE.replace("/", "").replace("_", "").isalnum(), "it is put into SQL"
_DAY = sales_sql.DAY % {"zone": f"'{_ZONE}'"}
_UPTO = f"o.finished_at <= {sales_sql.UPTO}"


def run() -> Iterable[CheckResult]:
    yield check_sql(
        "the sales of every agent, SKU and day are those of its orders",
        count="SELECT count(*) FROM kameng_salesday",
        problems=f"""
            WITH ended AS (
                SELECT buyer.id, buyer.upline_ids, o.sku_id, {_DAY} AS day, o.delivered_quantity,
                       o.total, o.refunded - coalesce((
                           SELECT sum(late.refunded) FROM kameng_salescorrection late
                           WHERE late.order_id = o.id), 0) AS refunded
                FROM orders_order o JOIN kameng_agent buyer ON buyer.user_id = o.buyer_id
                WHERE {sales_sql.COUNTED} AND {_UPTO}
            ), truth AS (
                SELECT id AS agent_id, 'own' AS scope, day, sku_id, count(*) AS orders,
                       sum(delivered_quantity) AS quantity, sum(total) AS sales,
                       sum(refunded) AS refunds
                FROM ended GROUP BY id, day, sku_id
                UNION ALL
                SELECT above.id, 'below', day, sku_id, count(*), sum(delivered_quantity),
                       sum(total), sum(refunded)
                FROM ended CROSS JOIN LATERAL unnest(upline_ids) AS above (id)
                GROUP BY above.id, day, sku_id
            )
            SELECT coalesce(truth.agent_id, kept.agent_id), coalesce(truth.scope, kept.scope),
                   coalesce(truth.day, kept.day), coalesce(truth.sku_id, kept.sku_id),
                   coalesce(kept.sales - kept.refunds, 0), coalesce(truth.sales - truth.refunds, 0)
            FROM truth FULL JOIN (SELECT * FROM kameng_salesday WHERE orders > 0) kept
                USING (agent_id, scope, day, sku_id)
            WHERE (truth.orders, truth.quantity, truth.sales, truth.refunds)
                IS DISTINCT FROM (kept.orders, kept.quantity, kept.sales, kept.refunds)""",
        sentence="agent {0} ({1}), {2}, SKU {3}: added up to {4}, its orders say {5}"
        " (manage.py rebuild_sales mends it)",
    )
    yield check_sql(
        "the sales of every month are those of its days",
        count="SELECT count(*) FROM kameng_salesmonth",
        problems="""
            WITH truth AS (
                SELECT agent_id, date_trunc('month', day)::date AS month,
                       coalesce(sum(orders) FILTER (WHERE scope = 'own'), 0) AS own_orders,
                       coalesce(sum(sales - refunds) FILTER (WHERE scope = 'own'), 0) AS own,
                       coalesce(sum(sales - refunds) FILTER (WHERE scope = 'below'), 0) AS below
                FROM kameng_salesday GROUP BY 1, 2)
            SELECT coalesce(truth.agent_id, kept.agent_id), coalesce(truth.month, kept.month),
                   coalesce(kept.own, 0), coalesce(kept.below, 0),
                   coalesce(truth.own, 0), coalesce(truth.below, 0)
            FROM truth FULL JOIN kameng_salesmonth kept USING (agent_id, month)
            WHERE coalesce(truth.own_orders, 0) <> coalesce(kept.own_orders, 0)
                OR coalesce(truth.own, 0) <> coalesce(kept.own, 0)
                OR coalesce(truth.below, 0) <> coalesce(kept.below, 0)""",
        sentence="agent {0}, {1}: own {2} and below {3}, its days say {4} and {5}"
        " (manage.py rebuild_sales mends it)",
    )
    yield check_sql(
        "the earnings of every agent, buyer, SKU and day are its commissions",
        count="SELECT count(*) FROM kameng_earnedday",
        problems=f"""
            WITH truth AS (
                SELECT c.agent_id, {_DAY} AS day, buyer.id AS buyer_id, o.sku_id,
                       sum(c.amount - c.reversed_amount + coalesce((
                           SELECT sum(late.taken_back) FROM kameng_earnedcorrection late
                           WHERE late.commission_id = c.id), 0)) AS amount
                FROM orders_order o JOIN kameng_agent buyer ON buyer.user_id = o.buyer_id
                JOIN kameng_commission c ON c.order_id = o.id
                WHERE {sales_sql.COUNTED} AND {_UPTO}
                GROUP BY c.agent_id, 2, buyer.id, o.sku_id)
            SELECT coalesce(truth.agent_id, kept.agent_id), coalesce(truth.buyer_id, kept.buyer_id),
                   coalesce(truth.day, kept.day), coalesce(kept.amount, 0),
                   coalesce(truth.amount, 0)
            FROM truth FULL JOIN kameng_earnedday kept USING (agent_id, day, buyer_id, sku_id)
            WHERE truth.amount IS DISTINCT FROM kept.amount""",
        sentence="agent {0} earned from agent {1} on {2}: added up to {3}, its commissions say {4}"
        " (manage.py rebuild_sales mends it)",
    )
