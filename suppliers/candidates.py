"""What routing looks at, loaded by one statement, and the decision about it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils import timezone

from catalog.phone_numbers import recognise
from catalog.stock import today
from database.prepared import Statement
from suppliers.maintenance import Window
from suppliers.models import Offer, SupplierPause
from suppliers.routing import STOCK_PROTOCOL, Candidate, Decision, Wanted, decide, shut_because
from suppliers.scoring import Rule

# A balance that was asked for longer ago than this says nothing.
BALANCE_IS_FRESH = timedelta(minutes=15)

_LOAD = """
SELECT offer.id, supplier.id, supplier.code, supplier.adapter, offer.cost, offer.priority,
       offer.min_quantity, offer.max_quantity, offer.is_open, supplier.is_open,
       offer.carriers, offer.provinces,
       offer.allows_loss OR coalesce(rule.allows_loss, false),
       stat.success_rate, stat.p50_seconds,
       CASE WHEN stat.balance_at > %(fresh_since)s::timestamptz THEN stat.balance END,
       (SELECT json_agg(json_build_array(
                   "window".starts_at, "window".ends_at,
                   "window".daily_from, "window".daily_until))
        FROM suppliers_maintenancewindow AS "window"
        WHERE "window".offer_id = offer.id OR "window".supplier_id = supplier.id),
       {stock}, pause.id IS NOT NULL, coalesce(pause.trial_slots, 0),
       coalesce((SELECT stop.cause FROM suppliers_offerstop AS stop
                 WHERE stop.offer_id = offer.id AND stop.ended_at IS NULL LIMIT 1), ''),
       rule.mode, rule.may_split, rule.weight_priority, rule.weight_cost, rule.weight_success,
       rule.weight_speed, rule.weight_balance,
       (SELECT goods.cost * CASE WHEN goods.is_rate THEN (
                   SELECT face_value FROM catalog_sku WHERE id = offer.sku_id) ELSE 1 END
        FROM suppliers_suppliergoods AS goods
        WHERE goods.supplier_id = offer.supplier_id AND goods.ref = offer.supplier_ref
          AND offer.supplier_ref <> '' AND goods.gone_at IS NULL)
FROM suppliers_offer AS offer
JOIN suppliers_supplier AS supplier ON supplier.id = offer.supplier_id
LEFT JOIN suppliers_supplierstat AS stat ON stat.supplier_id = supplier.id
LEFT JOIN suppliers_supplierpause AS pause
    ON pause.supplier_id = supplier.id AND pause.ended_at IS NULL
LEFT JOIN suppliers_routingrule AS rule ON rule.sku_id = offer.sku_id
{stock_from}
WHERE offer.sku_id = %(sku)s AND supplier.is_sandbox = %(in_sandbox)s
ORDER BY offer.id
"""
_SELLABLE = """
    WHERE supplier.adapter = 'stock'
      AND lane.sku_id = offer.sku_id AND NOT lane.is_exhausted
      AND (lane.expires_on IS NULL OR lane.expires_on > %(today)s::date)"""
# Stock is counted only when asked for. The usual order of cards looks at the next lane only: what a
# card of it costs, when it has enough of them.
_LOAD_COUNTED = Statement(
    "offer_candidates_counted",
    _LOAD.format(
        stock="counted.stock, counted.affordable, NULL::numeric",
        stock_from=f"""
CROSS JOIN LATERAL (
    SELECT sum(size - next_position)::bigint,
           sum(size - next_position) FILTER (WHERE unit_cost <= %(unit_price)s::numeric)::bigint
    FROM catalog_stocklane AS lane {_SELLABLE}
) AS counted (stock, affordable)""",
    ),
)
_LOAD_NEXT = Statement(
    "offer_candidates",
    _LOAD.format(
        stock="0, 0, CASE WHEN next_lane.room >= %(quantity)s::bigint THEN next_lane.unit_cost END",
        stock_from=f"""
LEFT JOIN LATERAL (
    SELECT unit_cost, size - next_position AS room
    FROM catalog_stocklane AS lane {_SELLABLE}
      AND (offer.allows_loss OR rule.allows_loss OR unit_cost <= %(unit_price)s::numeric)
    ORDER BY lane.expires_on, lane.id LIMIT 1
) AS next_lane ON true""",
    ),
)


@dataclass(frozen=True, slots=True)
class Loaded:
    """Every offer of a SKU, open or not, and how staff want them ranked."""

    candidates: tuple[Candidate, ...]
    rule: Rule


def load(
    *,
    sku_id: int,
    quantity: int,
    unit_price: Decimal,
    now: datetime,
    in_sandbox: bool,
    with_stock: bool = False,
) -> Loaded:
    """Load what a decision about `quantity` of a SKU looks at: one statement, no lock.

    `in_sandbox`: offers of sandbox suppliers and of nobody else; without it, of anybody but them.
    """
    with connection.cursor() as cursor:
        statement = _LOAD_COUNTED if with_stock else _LOAD_NEXT
        statement.run(
            cursor,
            {
                "sku": sku_id,
                "quantity": quantity,
                "unit_price": unit_price,
                "today": today(),
                "in_sandbox": in_sandbox,
                "fresh_since": now - BALANCE_IS_FRESH,
            },
        )
        rows = cursor.fetchall()
    rule = Rule(*rows[0][23:30]) if rows and rows[0][23] is not None else Rule()
    return Loaded(tuple(_candidate(row, with_stock) for row in rows), rule)


def route(
    *,
    sku_id: int,
    quantity: int,
    unit_price: Decimal,
    account: Mapping[str, str],
    carrier: str = "",
    tried: Collection[int] = (),
    with_stock: bool = False,
    in_sandbox: bool,
    in_one: bool = False,
) -> Decision:
    """Decide who delivers `quantity` of a SKU sold at `unit_price` (CNY), as things are now.

    `carrier` is the one that the product is for, if it is for one; else the number's own is looked
    up, when an offer asks for it.
    """
    now = timezone.now()
    loaded = load(
        sku_id=sku_id,
        quantity=quantity,
        unit_price=unit_price,
        now=now,
        in_sandbox=in_sandbox,
        with_stock=with_stock,
    )
    province = ""
    if any(one.carriers or one.provinces for one in loaded.candidates):
        carrier, province = _number_of(account, carrier)
    wanted = Wanted(quantity, unit_price, carrier, province, in_one)
    return decide(wanted, loaded.candidates, loaded.rule, now=now, tried=tried)


def why_shut(offer: Offer, *, in_sandbox: bool, committed_at: datetime) -> str:
    """Why what was committed to an offer must not be sent now; empty when it may.

    For the same reasons no order would be given to the offer; but what took a place of the trial
    that is going on (it was committed since its beginning) may be sent.
    """
    now = timezone.now()
    loaded = load(
        sku_id=offer.sku_id, quantity=1, unit_price=Decimal(0), now=now, in_sandbox=in_sandbox
    )
    mine = next(one for one in loaded.candidates if one.offer_id == offer.pk)
    if mine.is_paused:
        trials = SupplierPause.objects.filter(
            supplier=offer.supplier_id, ended_at=None, trial_at__lte=committed_at
        )
        mine = replace(mine, is_paused=not trials.exists(), trial_slots=0)
    shut = shut_because(mine, now)
    return shut[0] if shut else ""


def _number_of(account: Mapping[str, str], carrier: str) -> tuple[str, str]:
    info = recognise(account.get("phone", ""))
    if info is None:
        return carrier, ""
    # A number may have moved to another carrier: what the buyer chose knows better than its range.
    return carrier or (info.carrier.value if info.carrier else ""), info.province


def _candidate(row: tuple[Any, ...], with_stock: bool) -> Candidate:
    is_counted = with_stock and row[3] == STOCK_PROTOCOL
    return Candidate(
        offer_id=row[0],
        supplier_id=row[1],
        supplier_code=row[2],
        protocol=row[3],
        cost=row[4],
        priority=row[5],
        min_quantity=row[6],
        max_quantity=row[7],
        is_open=row[8],
        supplier_is_open=row[9],
        carriers=tuple(row[10]),
        provinces=tuple(row[11]),
        allows_loss=row[12],
        success_rate=row[13],
        p50_seconds=row[14],
        balance=row[15],
        windows=tuple(_window(one) for one in row[16] or ()),
        stock=(row[17] or 0) if is_counted else None,
        affordable_stock=(row[18] or 0) if is_counted else None,
        next_unit_cost=row[19],
        is_paused=row[20],
        trial_slots=row[21],
        stopped=row[22],
        listed_cost=row[30],
    )


def _window(parts: list[str | None]) -> Window:
    starts_at, ends_at, daily_from, daily_until = parts
    return Window(
        starts_at=datetime.fromisoformat(starts_at) if starts_at else None,
        ends_at=datetime.fromisoformat(ends_at) if ends_at else None,
        daily_from=time.fromisoformat(daily_from) if daily_from else None,
        daily_until=time.fromisoformat(daily_until) if daily_until else None,
    )
