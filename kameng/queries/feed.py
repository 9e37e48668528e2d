"""The feed of changes as one agent reads it: each SKU as it is now, at this agent's price."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection
from django.db.models import Max

from kameng.models import Agent, FeedEntry
from kameng.queries.api import PricedSKU, priced, skus_for_api

# Whatever changes the prices of everything at once for an agent: its own tier and those above it,
# the way up, and what each one there adds for everything. What belongs to one SKU is in the feed.
_TERMS = """
SELECT md5(jsonb_agg(jsonb_build_array(
    place.place, agent.id, agent.tier_id,
    (SELECT markup.rate FROM kameng_downlinemarkup markup
     WHERE markup.upline_id = agent.parent_id AND markup.sku_id IS NULL
       AND markup.category_id IS NULL)
) ORDER BY place.place)::text)
FROM kameng_agent me
CROSS JOIN LATERAL unnest(me.id || me.upline_ids) WITH ORDINALITY AS place (agent_id, place)
JOIN kameng_agent agent ON agent.id = place.agent_id
WHERE me.id = %s
"""


@dataclass(frozen=True, slots=True)
class Change:
    """A SKU that changed: as it is now, or None when it isn't on sale."""

    code: str
    product: PricedSKU | None

    @property
    def on_sale(self) -> bool:
        return self.product is not None


@dataclass(frozen=True, slots=True)
class ChangedPage:
    results: Sequence[Change]
    last_seq: int
    has_more: bool


def terms_of(agent: Agent) -> str:
    """A fingerprint of what all prices of an agent depend on."""
    with connection.cursor() as cursor:
        cursor.execute(_TERMS, [agent.pk])
        found: str = cursor.fetchone()[0]
    return found


def last_place() -> int:
    """How far the feed goes, as far as it is committed."""
    found: int = FeedEntry.objects.aggregate(last=Max("seq", default=0))["last"]
    return found


def changes_since(agent: Agent, seq: int, *, limit: int) -> ChangedPage:
    """What changed after a place in the feed, in the order of the feed.

    The entries are read before prices and stock: those may be newer than the entry says, and then
    come once more; never older.
    """
    entries = list(FeedEntry.objects.filter(seq__gt=seq).order_by("seq")[: limit + 1])
    shown = entries[:limit]
    on_sale = [entry.code for entry in shown if entry.digest]
    products = {
        one.sku.code: one for one in priced(agent, list(skus_for_api().filter(code__in=on_sale)))
    }
    return ChangedPage(
        results=[Change(entry.code, products.get(entry.code)) for entry in shown],
        last_seq=shown[-1].seq if shown else seq,
        has_more=len(entries) > limit,
    )
