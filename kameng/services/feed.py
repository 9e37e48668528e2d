"""Finding out which SKUs changed, for whoever asks: one pass compares all that is on sale with what
it was at the last pass, and gives every difference the next place in the feed.

Why not from the writes themselves? Sales would all have to write to one more place, changes that
nobody writes (a contract price begins, cards expire) would be missed, and places that are given by
concurrent transactions become visible out of order: a reader would skip what commits late. A pass
sees committed rows only, and one pass at a time gives places, so what it doesn't see now comes
later with a higher place. Nothing runs when nobody asks (docs/decisions/0013).
"""

from __future__ import annotations

import time
from datetime import timedelta

import structlog
from django.db import connection, transaction
from django.utils import timezone

from kameng.models import FeedEntry, FeedState

log = structlog.get_logger(__name__)

FRESH_SECONDS = 2.0
# A pass may take this share of the time at most, however large the catalogue is.
REST_FOR_EACH_SECOND = 20
# What left the shelf for good is remembered for longer than a cursor lives.
FORGET_AFTER = timedelta(days=40)
_LOCK = 0x6B6D6665  # "kmfe"

_PASS = """
WITH facts AS (
    SELECT sku.code, md5(jsonb_build_array(
        sku.name, sku.name_en, sku.kind, sku.face_value, sku.list_price,
        sku.min_quantity, sku.max_quantity, product.name, product.name_en, product.category_id,
        (SELECT jsonb_agg(jsonb_build_array(field.name, field.label, field.label_en, field.kind,
                                            field.min_length, field.max_length)
                          ORDER BY field.position, field.id)
         FROM catalog_accountfield field WHERE field.product_id = product.id),
        (SELECT sum(lane.size - lane.next_position) FROM catalog_stocklane lane
         WHERE lane.sku_id = sku.id AND NOT lane.is_exhausted
           AND (lane.expires_on IS NULL OR lane.expires_on > %(today)s)),
        (SELECT jsonb_agg(jsonb_build_array(tier_id, price) ORDER BY tier_id)
         FROM kameng_tierprice WHERE sku_id = sku.id),
        (SELECT jsonb_agg(jsonb_build_array(tier_id, category_id, rate) ORDER BY discount.id)
         FROM kameng_tierdiscount discount JOIN catalog_category above
            ON above.id = discount.category_id AND above.tree_id = category.tree_id
           AND above.lft <= category.lft AND above.rght >= category.rght),
        (SELECT jsonb_agg(jsonb_build_array(agent_id, price) ORDER BY agent_id)
         FROM kameng_contractprice WHERE sku_id = sku.id AND valid_from <= now()
           AND (valid_until IS NULL OR valid_until > now())),
        (SELECT jsonb_agg(jsonb_build_array(upline_id, rate) ORDER BY upline_id)
         FROM kameng_downlinemarkup WHERE sku_id = sku.id),
        (SELECT jsonb_agg(jsonb_build_array(upline_id, category_id, rate) ORDER BY markup.id)
         FROM kameng_downlinemarkup markup JOIN catalog_category above
            ON above.id = markup.category_id AND above.tree_id = category.tree_id
           AND above.lft <= category.lft AND above.rght >= category.rght)
    )::text) AS digest
    FROM catalog_sku sku
    JOIN catalog_product product ON product.id = sku.product_id
    JOIN catalog_category category ON category.id = product.category_id
    WHERE sku.is_on_sale AND product.is_on_sale
      AND (NOT product.is_official OR EXISTS (
          SELECT FROM catalog_suppliercontract contract
          LEFT JOIN catalog_suppliercontract_products covered
              ON covered.suppliercontract_id = contract.id AND covered.product_id = product.id
          LEFT JOIN catalog_suppliercontract_skus single
              ON single.suppliercontract_id = contract.id AND single.sku_id = sku.id
          WHERE contract.ended_at IS NULL
            AND %(today)s BETWEEN contract.valid_from AND contract.valid_until
            AND (covered.id IS NOT NULL OR single.id IS NOT NULL)))
      AND NOT EXISTS (SELECT FROM catalog_category hidden
                      WHERE NOT hidden.is_visible AND hidden.tree_id = category.tree_id
                        AND hidden.lft <= category.lft AND hidden.rght >= category.rght)
), changed AS (
    SELECT code, coalesce(facts.digest, '') AS digest
    FROM facts FULL JOIN kameng_feedentry entry USING (code)
    WHERE coalesce(facts.digest, '') <> coalesce(entry.digest, '')
)
INSERT INTO kameng_feedentry (code, digest, seq, changed_at)
SELECT code, digest, %(last_seq)s + row_number() OVER (ORDER BY code), %(now)s
FROM changed
ON CONFLICT (code) DO UPDATE
SET digest = excluded.digest, seq = excluded.seq, changed_at = excluded.changed_at
"""


def refresh_feed(*, fresh_seconds: float = FRESH_SECONDS) -> int | None:
    """Bring the feed up to date unless it is fresh; return how many SKUs changed.

    None when another pass is under way or was just now: its changes come with the next one.
    `fresh_seconds` 0: now, whatever a pass costs; for who comes seldom.
    """
    if fresh_seconds and not _is_due(fresh_seconds):
        return None
    began = time.monotonic()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        if not cursor.fetchone()[0]:
            return None
        now = timezone.now()
        # Statements of their own, so that they see all that the pass before has committed.
        state = FeedState.objects.filter(pk=1).first()
        last_seq = state.last_seq if state else 0
        cursor.execute(_PASS, {"now": now, "today": timezone.localdate(), "last_seq": last_seq})
        found: int = cursor.rowcount
        FeedEntry.objects.filter(digest="", changed_at__lt=now - FORGET_AFTER).delete()
        took = time.monotonic() - began
        FeedState.objects.update_or_create(
            pk=1,
            defaults={"refreshed_at": now, "took_seconds": took, "last_seq": last_seq + found},
        )
    if took > 1:
        log.info("feed_pass", seconds=round(took, 2), changed=found)
    return found


def _is_due(fresh_seconds: float) -> bool:
    state = FeedState.objects.filter(pk=1).first()
    if state is None:
        return True
    rest = max(fresh_seconds, state.took_seconds * REST_FOR_EACH_SECOND)
    return timezone.now() >= state.refreshed_at + timedelta(seconds=rest)
