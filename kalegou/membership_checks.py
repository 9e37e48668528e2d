"""Invariants of membership: coupons, gifts and the running out of points."""

from __future__ import annotations

from collections.abc import Iterable

from ledger.checking import CheckResult, check_sql

# Orders with a coupon, and what it costs for what is kept of each (kalegou/coupons.py: still_off).
COUPON_ORDERS = """
    SELECT order_no, status, coupon_id, worth, CASE
        WHEN status IN ('failed', 'cancelled') THEN 0
        WHEN status IN ('completed', 'partially_completed')
            THEN worth - floor(worth * refunded / total * 100) / 100
        ELSE worth END AS costs
    FROM (SELECT *, (terms->>'coupon')::bigint AS coupon_id,
                 (terms->>'coupon_worth')::numeric AS worth
          FROM orders_order WHERE channel = 'retail' AND terms ? 'coupon') discounted
"""


def run() -> Iterable[CheckResult]:
    yield check_sql(
        "no more points have run out than had their last day by then",
        count="SELECT count(*) FROM kalegou_pointsrecord WHERE reason = 'expired'",
        problems="""
            SELECT gone.member_id, gone.expires_on, -gone.points, coalesce(given.points, 0)
            FROM (SELECT member_id, expires_on, sum(due) AS points FROM kalegou_pointsrecord
                  WHERE reason = 'expired' GROUP BY member_id, expires_on) gone
            LEFT JOIN LATERAL (
                SELECT sum(due) AS points FROM kalegou_pointsrecord record
                WHERE record.member_id = gone.member_id AND record.reason IN ('reward', 'gift')
                  AND record.expires_on <= gone.expires_on) given ON true
            WHERE -gone.points > coalesce(given.points, 0) OR gone.points > 0
                OR gone.expires_on >= (now() AT TIME ZONE 'Asia/Shanghai')::date
        """,
        sentence="member {0}: {2} points ran out on {1}, {3} had been given until then",
    )
    yield check_sql(
        "goods taken for points equal the orders that took them",
        count="SELECT count(*) FROM kalegou_exchangeuse",
        problems="""
            SELECT 'offer ' || item.id, item.taken, coalesce(sum(use.quantity), 0)
            FROM kalegou_exchangeitem item
            LEFT JOIN kalegou_exchangeuse use ON use.item_id = item.id
            GROUP BY item.id HAVING item.taken <> coalesce(sum(use.quantity), 0)
            UNION ALL
            SELECT 'order ' || coalesce(o.order_no, use.order_no), use.quantity,
                   CASE WHEN o.status IN ('paid', 'fulfilling') THEN o.quantity
                        ELSE o.delivered_quantity END
            FROM (SELECT * FROM orders_order WHERE channel = 'retail' AND terms ? 'exchange') o
            FULL JOIN kalegou_exchangeuse use ON use.order_no = o.order_no
            WHERE use.quantity IS DISTINCT FROM CASE
                    WHEN o.status IN ('paid', 'fulfilling') THEN o.quantity
                    ELSE o.delivered_quantity END
               OR o.funding IS DISTINCT FROM 'points'
               OR use.points IS DISTINCT FROM (o.terms->>'points_spent')::bigint
        """,
        sentence="{0}: {1} units are counted, it should be {2}",
    )
    yield check_sql(
        "each gift of points is a record of its own",
        count="SELECT count(*) FROM kalegou_membergift",
        problems="""
            SELECT member.id, coalesce(gifts.points, 0), coalesce(records.points, 0)
            FROM kalegou_member member
            LEFT JOIN (SELECT member_id, sum(points) AS points FROM kalegou_membergift
                       GROUP BY member_id) gifts ON gifts.member_id = member.id
            LEFT JOIN (SELECT member_id, sum(due) AS points FROM kalegou_pointsrecord
                       WHERE reason = 'gift' GROUP BY member_id) records
                ON records.member_id = member.id
            WHERE coalesce(gifts.points, 0) <> coalesce(records.points, 0)
        """,
        sentence="member {0} had gifts of {1} points, the records say {2}",
    )
    yield check_sql(
        "coupons on orders cost what is kept of each",
        count="SELECT count(*) FROM kalegou_couponuse",
        problems=f"""
            SELECT coalesce(orders.order_no, use.order_no), orders.costs, use.kept
            FROM ({COUPON_ORDERS}) orders
            FULL JOIN kalegou_couponuse use ON use.order_no = orders.order_no
            WHERE orders.costs IS DISTINCT FROM use.kept
               OR orders.coupon_id IS DISTINCT FROM use.coupon_id
               OR orders.worth IS DISTINCT FROM use.worth
               OR (orders.status IN ('failed', 'cancelled') AND use.returned_at IS NULL)
               OR (orders.status IN ('awaiting_payment', 'paid', 'fulfilling')
                   AND use.returned_at IS NOT NULL)
        """,
        sentence="order {0}: its coupon costs {1}, its row says {2} or that it was given back",
    )
    yield check_sql(
        "what coupons have cost, and on how many orders, equals their uses",
        count="SELECT count(*) FROM kalegou_coupon",
        problems="""
            SELECT coupon.code, coupon.used_amount, coupon.used_count,
                   coalesce(uses.amount, 0), coalesce(uses.number, 0)
            FROM kalegou_coupon coupon LEFT JOIN (
                SELECT coupon_id, sum(kept) AS amount,
                       count(*) FILTER (WHERE returned_at IS NULL) AS number
                FROM kalegou_couponuse GROUP BY coupon_id) uses ON uses.coupon_id = coupon.id
            WHERE coupon.used_amount <> coalesce(uses.amount, 0)
               OR coupon.used_count <> coalesce(uses.number, 0)
        """,
        sentence="coupon {0} says {1} on {2} orders, its uses come to {3} on {4}",
    )
    yield check_sql(
        "nobody uses a coupon more often, or another's",
        count="SELECT count(*) FROM kalegou_couponuse",
        problems="""
            SELECT coupon.code, use.member_id, count(*) FROM kalegou_couponuse use
            JOIN kalegou_coupon coupon ON coupon.id = use.coupon_id
            LEFT JOIN kalegou_coupongrant held ON held.id = use.grant_id
            WHERE use.returned_at IS NULL AND (held.id IS NULL OR held.source = 'claimed')
            GROUP BY coupon.code, coupon.per_member, use.member_id
            HAVING count(*) > coupon.per_member
            UNION ALL
            SELECT coupon.code, use.member_id, 1 FROM kalegou_couponuse use
            JOIN kalegou_coupongrant held ON held.id = use.grant_id
            JOIN kalegou_coupon coupon ON coupon.id = use.coupon_id
            WHERE held.member_id <> use.member_id OR held.coupon_id <> use.coupon_id
        """,
        sentence="coupon {0} is on {2} orders of member {1}: more than it may, or not the member's",
    )
