"""Card stock: handing cards to an order, and reading them back.

Invariant: a lane's allocations follow each other without a gap up to `next_position`, so a card is
on at most one order (the database refuses an overlap) and nothing is sold beyond `size`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from database.prepared import Call, DrawnKey, NextKey, Statement, run, run_together


class StockShort(Exception):
    """Fewer cards can be sold than were asked for; nothing was taken."""


class CardsMoved(Exception):
    """The cards that were seen are somebody else's by now; the transaction must be rolled back."""


@dataclass(frozen=True, slots=True)
class Allocated:
    """Cards handed to the order with this key; `cost` is what they cost us (CNY)."""

    order_id: int
    quantity: int
    cost: Decimal


# Take up to %(wanted)s cards from the first lane (oldest expiry) that nobody else holds right now.
_TAKE = Statement(
    "take_cards",
    """
WITH lane AS (
    SELECT id, next_position, size, unit_cost FROM catalog_stocklane
    WHERE sku_id = %(sku)s AND NOT is_exhausted
      AND (expires_on IS NULL OR expires_on > %(today)s)
      AND (unit_cost <= %(most_unit_cost)s::numeric OR %(most_unit_cost)s::numeric IS NULL)
    ORDER BY expires_on, id LIMIT 1
    FOR NO KEY UPDATE SKIP LOCKED
), moved AS (
    UPDATE catalog_stocklane AS s
    SET next_position = least(lane.next_position + %(wanted)s, lane.size),
        is_exhausted = lane.next_position + %(wanted)s >= lane.size
    FROM lane WHERE s.id = lane.id
    RETURNING s.id, lane.next_position AS first, s.next_position AS upto, s.unit_cost
), taken AS (
    INSERT INTO catalog_cardallocation
        (lane_id, first_position, end_position, order_id, created_at)
    SELECT id, first, upto, %(order)s::bigint, now() FROM moved
)
SELECT %(order)s::bigint, upto - first, unit_cost FROM moved
""",
)

# All of the cards from one lane, at a cost that was seen before; when there is no such lane that
# nobody holds, the allocation of no lane is refused.
_TAKE_SEEN = Statement(
    "take_seen_cards",
    """
WITH lane AS (
    SELECT id, next_position, size FROM catalog_stocklane
    WHERE sku_id = %(sku)s AND NOT is_exhausted
      AND (expires_on IS NULL OR expires_on > %(today)s)
      AND unit_cost = %(unit_cost)s AND size - next_position >= %(wanted)s
    ORDER BY expires_on, id LIMIT 1
    FOR NO KEY UPDATE SKIP LOCKED
), moved AS (
    UPDATE catalog_stocklane AS s
    SET next_position = lane.next_position + %(wanted)s,
        is_exhausted = lane.next_position + %(wanted)s >= lane.size
    FROM lane WHERE s.id = lane.id
    RETURNING s.id, lane.next_position AS first, s.next_position AS upto
)
INSERT INTO catalog_cardallocation
    (lane_id, first_position, end_position, order_id, created_at)
SELECT moved.id, moved.first, moved.upto, %(order)s::bigint, now()
FROM (VALUES (1)) AS one LEFT JOIN moved ON true
""",
)

# Wait for whoever holds the lanes. In key order, and only by a transaction that holds no lane.
_WAIT = """
SELECT id FROM catalog_stocklane
WHERE sku_id = %(sku)s AND NOT is_exhausted AND (expires_on IS NULL OR expires_on > %(today)s)
  AND (unit_cost <= %(most_unit_cost)s OR %(most_unit_cost)s IS NULL)
ORDER BY id FOR NO KEY UPDATE
"""


_Params = dict[str, Any]


def today() -> date:
    """The shop's date: a card is sold until the day before it expires."""
    return datetime.now(timezone.get_default_timezone()).date()


def taking(
    *, order_id: int | NextKey | DrawnKey, sku_id: int, quantity: int, unit_cost: Decimal
) -> Call:
    """The call that hands `quantity` cards to an order, which cost `unit_cost` each, as was seen.

    For who knows what the cards cost before taking them, and so needs no answer: they come from one
    lane, oldest expiry first. Waits for nobody. Runs inside `seen_cards()`.
    """
    return _TAKE_SEEN.with_(
        {
            "sku": sku_id,
            "order": order_id,
            "today": today(),
            "unit_cost": unit_cost,
            "wanted": quantity,
        }
    )


@contextmanager
def seen_cards() -> Iterator[None]:
    """Raise CardsMoved where no lane had the cards any more that were seen."""
    try:
        yield
    except IntegrityError as error:
        if 'of relation "catalog_cardallocation" violates not-null' in str(error):
            raise CardsMoved from error
        raise


def allocate(
    *,
    order_id: int | NextKey,
    sku_id: int,
    quantity: int,
    most_unit_cost: Decimal | None = None,
    after: Sequence[Call] = (),
) -> Allocated:
    """Hand `quantity` unsold cards, oldest expiry first, to an order; all of them or none.

    Cards that cost us more than `most_unit_cost` (CNY) stay where they are. `after` are calls to be
    run before, of a single card in the same round trip; they stay done when StockShort is raised.
    Locks the lanes it takes from until the transaction ends, and nothing after them. A lane that
    another buyer holds is passed over; only when that leaves too few does it wait for the others.
    One statement per lane touched, whatever the quantity. Raises StockShort.
    """
    params: _Params = {
        "sku": sku_id,
        "order": order_id,
        "today": today(),
        "most_unit_cost": most_unit_cost,
    }
    if quantity == 1:
        one = _take(params, 1, after=after)
        return one or _wait_and_take(params, 1)  # holds no lane: may wait
    run(after)
    try:
        with transaction.atomic():
            return _whole(_take(params, quantity), quantity)
    except StockShort:  # the savepoint gave the lanes back: may wait
        with transaction.atomic():
            return _wait_and_take(params, quantity)


def _whole(allocated: Allocated | None, wanted: int) -> Allocated:
    if allocated is None or allocated.quantity < wanted:
        raise StockShort
    return allocated


def _wait_and_take(params: _Params, wanted: int) -> Allocated:
    with connection.cursor() as cursor:
        cursor.execute(_WAIT, params)
    return _whole(_take(params, wanted), wanted)


def _take(params: _Params, wanted: int, *, after: Sequence[Call] = ()) -> Allocated | None:
    """Up to `wanted` cards from the lanes that nobody else holds; None when there are none."""
    taken: Allocated | None = None
    with connection.cursor() as cursor:
        while taken is None or taken.quantity < wanted:
            left = wanted - taken.quantity if taken else wanted
            run_together(cursor, [*after, _TAKE.with_({**params, "wanted": left})])
            row = cursor.fetchone()
            if row is None:
                break
            order_id, quantity, unit_cost = row
            cost = quantity * unit_cost
            if taken:
                quantity, cost = quantity + taken.quantity, cost + taken.cost
            taken = Allocated(order_id, quantity, cost)
            params, after = {**params, "order": order_id}, ()
    return taken


_CARDS = """
SELECT allocation.order_id, card.id, card.fingerprint, card.sealed, lane.expires_on
FROM catalog_cardallocation AS allocation
JOIN catalog_card AS card ON card.lane_id = allocation.lane_id
    AND card.position >= allocation.first_position AND card.position < allocation.end_position
JOIN catalog_stocklane AS lane ON lane.id = allocation.lane_id
WHERE allocation.order_id = ANY (%s)
ORDER BY allocation.order_id, lane.expires_on, allocation.id, card.position
"""


@dataclass(frozen=True, slots=True)
class SealedCard:
    """A card of an order as it is stored: opened only by `catalog.sealing`."""

    pk: int
    fingerprint: bytes
    sealed: bytes
    expires_on: date | None


def cards_of(order_id: int) -> Iterator[SealedCard]:
    """The cards that were handed to an order, oldest expiry first."""
    return (card for _order_id, card in cards_of_orders([order_id]))


def cards_of_orders(order_ids: Iterable[int]) -> Iterator[tuple[int, SealedCard]]:
    """The same of several orders, each card with its order's key. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(_CARDS, [list(order_ids)])
        for order_id, pk, fingerprint, sealed, expires_on in cursor.fetchall():
            yield order_id, SealedCard(pk, bytes(fingerprint), bytes(sealed), expires_on)
