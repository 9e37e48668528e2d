"""The card stock's part of check_ledger: lanes, cards and allocations agree."""

from __future__ import annotations

from collections.abc import Iterable

from ledger.checking import CheckResult, check_sql

_LANES = "SELECT count(*) FROM catalog_stocklane"


def run() -> Iterable[CheckResult]:
    yield check_sql(
        "every lane holds its cards at 0 … size-1",
        count="SELECT count(*) FROM catalog_card",
        # Positions are unique in a lane, so the right number within bounds leaves no gap.
        problems="""
            SELECT lane.id, lane.size, count(card.id), min(card.position), max(card.position)
            FROM catalog_stocklane lane LEFT JOIN catalog_card card ON card.lane_id = lane.id
            GROUP BY lane.id
            HAVING count(card.id) <> lane.size OR min(card.position) <> 0
                OR max(card.position) <> lane.size - 1""",
        sentence="lane {0} should hold {1} cards, it holds {2} at positions {3} to {4}",
    )
    yield check_sql(
        "allocations follow each other without gap or overlap",
        count="SELECT count(*) FROM catalog_cardallocation",
        problems="""
            SELECT id, lane_id, first_position, expected FROM (
                SELECT id, lane_id, first_position,
                       coalesce(lag(end_position) OVER (
                           PARTITION BY lane_id ORDER BY first_position), 0) AS expected
                FROM catalog_cardallocation) ranges
            WHERE first_position <> expected""",
        sentence="allocation {0} of lane {1} starts at {2}, the one before ends at {3}",
    )
    yield check_sql(
        "every lane's next card is where its allocations end",
        count=_LANES,
        problems="""
            SELECT lane.id, lane.next_position, coalesce(sold.upto, 0)
            FROM catalog_stocklane lane LEFT JOIN (
                SELECT lane_id, max(end_position) AS upto
                FROM catalog_cardallocation GROUP BY lane_id) sold ON sold.lane_id = lane.id
            WHERE lane.next_position <> coalesce(sold.upto, 0)""",
        sentence="lane {0} says its next card is {1}, its allocations end at {2}",
    )
    yield check_sql(
        "each withdrawn card is booked at what it had cost",
        count="SELECT count(*) FROM catalog_cardallocation WHERE order_id IS NULL",
        problems="""
            SELECT allocation.id, lane.unit_cost, coalesce(booked.amount, 0)
            FROM catalog_cardallocation allocation
            JOIN catalog_stocklane lane ON lane.id = allocation.lane_id
            LEFT JOIN LATERAL (
                SELECT sum(posting.amount) AS amount FROM ledger_entry entry
                JOIN ledger_posting posting ON posting.entry_id = entry.id
                JOIN ledger_account account ON account.id = posting.account_id
                WHERE entry.reference = 'allocation:' || allocation.id || ':withdrawn'
                  AND account.kind = 'inventory') booked ON true
            WHERE allocation.order_id IS NULL AND lane.unit_cost <> coalesce(booked.amount, 0)""",
        sentence="withdrawal {0} of a card that cost {1} is booked with {2}",
    )
    yield check_sql(
        "every lot's lanes hold as many cards as it says, at its cost",
        count="SELECT count(*) FROM catalog_stocklot",
        problems="""
            SELECT lot.id, lot.card_count, coalesce(sum(lane.size), 0)
            FROM catalog_stocklot lot LEFT JOIN catalog_stocklane lane ON lane.lot_id = lot.id
            GROUP BY lot.id
            HAVING lot.card_count <> coalesce(sum(lane.size), 0)
                OR bool_or(lane.unit_cost <> lot.unit_cost OR lane.sku_id <> lot.sku_id)""",
        sentence="lot {0} says {1} cards, its lanes hold {2} (or differ in SKU or cost)",
    )
