"""The retail shop's invariants: points and growth agree with the orders that earned them."""

from __future__ import annotations

from collections.abc import Iterable

from kalegou.membership_checks import COUPON_ORDERS
from ledger.checking import CheckResult, check_sql

# Retail orders of members that were delivered, with the money kept for each.
_EARNING_ORDERS = """
    SELECT order_no, (terms->>'member')::bigint AS member_id, total - refunded AS kept,
           (terms->>'points_multiplier')::numeric AS multiplier
    FROM orders_order
    WHERE channel = 'retail' AND terms ? 'member' AND NOT terms ? 'exchange'
      AND status IN ('completed', 'partially_completed')
"""

# Orders that points paid a part of, with the points that stay spent for what is kept of each.
_DISCOUNTED_ORDERS = """
    SELECT order_no, status, funding, CASE
        WHEN status IN ('failed', 'cancelled') THEN 0
        WHEN status IN ('completed', 'partially_completed')
            THEN points - floor(points * refunded / total)
        ELSE points END AS spent
    FROM (SELECT *, (terms->>'points_spent')::numeric AS points FROM orders_order
          WHERE channel = 'retail' AND terms ? 'points_spent') discounted
"""


def run() -> Iterable[CheckResult]:
    yield check_sql(
        "points due equal what is kept of each order",
        count=f"SELECT count(*) FROM ({_EARNING_ORDERS}) earning",
        problems=f"""
            SELECT coalesce(earning.order_no, given.order_no),
                   coalesce(floor(earning.kept * earning.multiplier), 0), coalesce(given.due, 0)
            FROM ({_EARNING_ORDERS}) earning
            FULL JOIN (SELECT order_no, sum(due) AS due FROM kalegou_pointsrecord
                       WHERE reason = 'reward' GROUP BY order_no) given
                ON given.order_no = earning.order_no
            WHERE coalesce(floor(earning.kept * earning.multiplier), 0) <> coalesce(given.due, 0)
        """,
        sentence="order {0} is worth {1} points, its records say {2}",
    )
    yield check_sql(
        "growth equals what is kept of each order",
        count=f"SELECT count(*) FROM ({_EARNING_ORDERS}) earning",
        problems=f"""
            SELECT coalesce(earning.order_no, given.order_no),
                   coalesce(floor(earning.kept), 0), coalesce(given.change, 0)
            FROM ({_EARNING_ORDERS}) earning
            FULL JOIN (SELECT order_no, sum(change) AS change FROM kalegou_growthrecord
                       GROUP BY order_no) given ON given.order_no = earning.order_no
            WHERE coalesce(floor(earning.kept), 0) <> coalesce(given.change, 0)
        """,
        sentence="order {0} is worth {1} growth, its records say {2}",
    )
    yield check_sql(
        "points posted for orders equal the members' records",
        count="SELECT count(*) FROM kalegou_pointsrecord",
        problems="""
            SELECT member.id, coalesce(posted.points, 0), coalesce(recorded.points, 0)
            FROM kalegou_member member
            LEFT JOIN (
                SELECT posting.account_id, sum(posting.amount) AS points
                FROM ledger_posting posting JOIN ledger_entry entry ON entry.id = posting.entry_id
                WHERE posting.unit = 'POINT'
                  AND entry.kind IN ('order_placed', 'order_completed', 'order_refunded',
                                     'points_gift', 'points_expired')
                GROUP BY posting.account_id) posted ON posted.account_id = member.points_id
            LEFT JOIN (
                SELECT member_id, sum(posted) AS points FROM kalegou_pointsrecord
                GROUP BY member_id) recorded ON recorded.member_id = member.id
            WHERE coalesce(posted.points, 0) <> coalesce(recorded.points, 0)
        """,
        sentence="member {0} got {1} points in the ledger, the records say {2}",
    )
    yield check_sql(
        "points spent on orders equal what is kept of each",
        count="SELECT count(*) FROM orders_order WHERE terms ? 'points_spent'",
        problems=f"""
            SELECT discounted.order_no, discounted.spent, coalesce(-taken.due, 0)
            FROM ({_DISCOUNTED_ORDERS}) discounted
            FULL JOIN (SELECT order_no, sum(due) AS due FROM kalegou_pointsrecord
                       WHERE reason IN ('discount', 'exchange') GROUP BY order_no) taken
                ON taken.order_no = discounted.order_no
            WHERE coalesce(discounted.spent, 0) <> coalesce(-taken.due, 0)
        """,
        sentence="order {0} should have taken {1} points, its records say {2}",
    )
    yield check_sql(
        "promotion expense equals what points and coupons paid of delivered orders",
        count="SELECT count(*) FROM orders_order WHERE terms ?| array['points_spent', 'coupon']",
        problems=f"""
            SELECT points.worth + coupons.worth + exchanged.worth, -books.amount FROM
                (SELECT coalesce(sum(total - refunded), 0) AS worth FROM orders_order
                 WHERE channel = 'retail' AND funding = 'points') exchanged,
                (SELECT coalesce(sum(spent), 0) / 100 AS worth
                 FROM ({_DISCOUNTED_ORDERS}) discounted
                 WHERE status IN ('completed', 'partially_completed')
                   AND funding <> 'points') points,
                (SELECT coalesce(sum(costs), 0) AS worth FROM ({COUPON_ORDERS}) discounted
                 WHERE status IN ('completed', 'partially_completed')) coupons,
                (SELECT coalesce(sum(posting.amount), 0) AS amount FROM ledger_posting posting
                 JOIN ledger_account account ON account.id = posting.account_id
                 WHERE account.kind = 'promotion_expense' AND account.scope = 'retail') books
            WHERE points.worth + coupons.worth + exchanged.worth <> -books.amount
        """,
        sentence="points and coupons paid {0} of delivered orders, promotion expense is {1}",
    )
    yield check_sql(
        "points owed equal due minus posted",
        count="SELECT count(*) FROM kalegou_member",
        problems="""
            SELECT member.id, member.points_owed, coalesce(sum(record.posted - record.due), 0)
            FROM kalegou_member member
            LEFT JOIN kalegou_pointsrecord record ON record.member_id = member.id
            GROUP BY member.id
            HAVING member.points_owed <> coalesce(sum(record.posted - record.due), 0)
        """,
        sentence="member {0} owes {1} points, the records say {2}",
    )
    yield check_sql(
        "every member's accounts are the member's own",
        count="SELECT count(*) FROM kalegou_member",
        problems="""
            SELECT member.id FROM kalegou_member member
            JOIN ledger_account wallet ON wallet.id = member.wallet_id
            JOIN ledger_account points ON points.id = member.points_id
            WHERE wallet.owner_id IS DISTINCT FROM member.user_id OR wallet.kind <> 'wallet'
               OR wallet.scope <> 'retail' OR points.owner_id IS DISTINCT FROM member.user_id
               OR points.kind <> 'points'
        """,
        sentence="member {0} holds accounts of somebody else",
    )
