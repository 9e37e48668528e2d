"""Claims after the sale agree with the money that went back and the goods that came again."""

from __future__ import annotations

from collections.abc import Iterable

from ledger.checking import CheckResult, check_sql

_COUNT = "SELECT count(*) FROM kalegou_claim"


def run() -> Iterable[CheckResult]:
    yield check_sql(
        "what claims say went back is what was refunded for them",
        count=_COUNT,
        problems="""
            SELECT claim.claim_no, claim.refunded, coalesce(sum(refund.amount), 0)
            FROM kalegou_claim claim LEFT JOIN orders_refund refund
                ON refund.order_id = claim.order_id
                AND split_part(refund.request_ref, ':', 1) = claim.claim_no
            GROUP BY claim.id
            HAVING claim.refunded <> coalesce(sum(refund.amount), 0)
                OR (claim.refunded > 0 AND claim.status NOT IN ('refunded', 'replaced'))""",
        sentence="claim {0} says {1} went back, the refunds for it come to {2}",
    )
    yield check_sql(
        "claims that were granted a replacement have one, and no others do",
        count=_COUNT,
        problems="""
            SELECT claim.claim_no, claim.status, coalesce(replacement.status, 'none')
            FROM kalegou_claim claim LEFT JOIN orders_replacement replacement
                ON replacement.request_ref = claim.claim_no
            WHERE claim.replacement_id IS DISTINCT FROM replacement.id
               OR NOT CASE claim.status
                WHEN 'replacing' THEN coalesce(replacement.status = 'open', false)
                WHEN 'replaced' THEN
                    coalesce(replacement.status IN ('delivered', 'partly_delivered'), false)
                WHEN 'refunded' THEN coalesce(replacement.status = 'failed', true)
                ELSE replacement.id IS NULL END""",
        sentence="claim {0} is {1}, its replacement is {2}",
    )
    yield check_sql(
        "claimed codes are the order's own, as many as the claim says",
        count="SELECT count(*) FROM kalegou_claimedcard",
        problems="""
            SELECT claim.claim_no, claim.quantity, count(owned.id)
            FROM kalegou_claim claim JOIN orders_order o ON o.id = claim.order_id
            LEFT JOIN kalegou_claimedcard claimed ON claimed.claim_id = claim.id
            LEFT JOIN catalog_card card ON card.id = claimed.card_id
            LEFT JOIN catalog_cardallocation owned ON owned.order_id = claim.order_id
                AND owned.lane_id = card.lane_id AND card.position >= owned.first_position
                AND card.position < owned.end_position
            WHERE o.kind = 'card'
            GROUP BY claim.id HAVING claim.quantity <> count(owned.id)""",
        sentence="claim {0} is about {1} codes, {2} of them are its order's",
    )
