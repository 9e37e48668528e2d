"""What must be true after a storm: our books, the suppliers' own records, and the buyers' money."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tests.chaos.signed import Program
from tests.chaos.storm.raging import Placed
from tests.product import Product

# Open, and nobody has been asked to decide.
UNSETTLED = """
SELECT count(*) FROM orders_order o WHERE o.status IN ('paid', 'fulfilling') AND NOT EXISTS (
    SELECT FROM orders_fulfilment f WHERE f.order_id = o.id AND f.needs_decision)
"""
STATUSES = """
SELECT status, count(*) FROM orders_order WHERE starts_with(client_ref, 'storm-')
GROUP BY 1 ORDER BY 1
"""
_ATTEMPTS = """
SELECT supplier.code, f.fulfilment_no, f.status, f.late_success_at IS NOT NULL, f.needs_decision,
       f.submitted_at IS NOT NULL, f.delivered_quantity, o.order_no,
       coalesce(o.account->>'phone', '')
FROM orders_fulfilment f JOIN suppliers_supplier supplier ON supplier.id = f.supplier_id
JOIN orders_order o ON o.id = f.order_id
WHERE supplier.adapter <> 'stock' AND starts_with(o.client_ref, 'storm-') ORDER BY f.id
"""
FINAL = ("completed", "partially_completed", "failed")
COLUMNS = ("delivered", "failed", "late success", "with a person", "disagree")


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt with a supplier: what we say of it, and what the supplier's record says."""

    supplier: str
    number: str
    status: str
    was_late: bool
    is_with_a_person: bool
    was_sent: bool
    delivered_units: int
    order_no: str
    phone: str
    theirs: dict[str, Any] | None

    @property
    def delivered_count(self) -> int:
        return int(self.theirs["delivered_count"]) if self.theirs else 0

    @property
    def card_count(self) -> int:
        return int(self.theirs.get("card_count", 0)) if self.theirs else 0

    @property
    def column(self) -> str:
        """Where it stands in the table of agreement."""
        if self.is_with_a_person:
            return "with a person"
        wanted = 1 if self.status == "succeeded" or self.was_late else 0
        # A supplier that contradicts itself (0006) may have been asked in between: we say
        # delivered, it says failed first and delivered then, once.
        if self.status not in ("succeeded", "failed") or self.delivered_count != wanted:
            return "disagree"
        if self.theirs is not None and not self.was_sent:
            return "disagree"
        is_sold_as_cards = self.status == "succeeded" and not self.phone
        if is_sold_as_cards and self.delivered_units != self.card_count:
            return "disagree"
        if self.was_late:
            return "late success"
        return "delivered" if wanted else "failed"


def attempts(product: Product) -> list[Attempt]:
    """Every attempt with a supplier, beside the supplier's own record of it."""
    rows = product.rows(_ATTEMPTS)
    theirs: dict[str, dict[str, Any]] = {
        order["customer_order_no"]: order for order in product.supplier_orders()
    }
    # What was never sent must not even have been refused there: only this call tells.
    unsent = [row[1] for row in rows if not row[5] and row[1] not in theirs]
    with ThreadPoolExecutor(8) as pool:
        for number, known in zip(unsent, pool.map(product.supplier_order, unsent), strict=True):
            if known is not None:
                theirs[number] = known
    return [Attempt(*[*row, theirs.get(row[1])]) for row in rows]


def table_of(found: Sequence[Attempt]) -> str:
    """Supplier by supplier, how many attempts we and it agree about."""
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for attempt in found:
        counts[attempt.supplier][attempt.column] += 1
    lines = [f"{'supplier':12}" + "".join(f"{name:>15}" for name in COLUMNS)]
    lines += [
        f"{supplier:12}" + "".join(f"{count[name]:>15}" for name in COLUMNS)
        for supplier, count in sorted(counts.items())
    ]
    return "\n".join(lines)


def problems(
    product: Product, placed: Placed, found: Sequence[Attempt], before: dict[Program, Decimal]
) -> Iterator[str]:
    """Everything that a storm must not leave behind."""
    for attempt in found:
        if attempt.column == "disagree":
            yield f"we and {attempt.supplier} disagree: {attempt}"
    yield from _delivered_twice(found)
    yield from _foreign(product, found)
    yield from _wrong_orders(product, placed, found)
    yield from _wrong_wallets(placed, before)


def _delivered_twice(found: Sequence[Attempt]) -> Iterator[str]:
    times: Counter[str] = Counter()
    for attempt in found:
        if attempt.phone and not attempt.was_late:
            times[attempt.phone] += attempt.delivered_count
    for phone, count in times.items():
        if count > 1:
            yield f"{phone} was charged {count} times"


def _foreign(product: Product, found: Sequence[Attempt]) -> Iterator[str]:
    """The suppliers' orders that we know nothing of."""
    ours = {attempt.number for attempt in found}
    for order in product.supplier_orders():
        if order["customer_order_no"] not in ours:
            yield f"a supplier has an order that we don't know: {order}"


def _wrong_orders(product: Product, placed: Placed, found: Sequence[Attempt]) -> Iterator[str]:
    rows = product.rows(
        "SELECT order_no, status, quantity, delivered_quantity, unit_price, total, refunded,"
        " needs_attention, client_ref FROM orders_order"
        " WHERE starts_with(client_ref, 'storm-')"  # the demo world has some of its own
    )
    known = {row[0]: row for row in rows}
    if len(known) != len(placed.orders):
        yield f"{len(placed.orders)} orders were taken, {len(known)} are there"
    refused = {wish.client_ref for wish in placed.refused}
    for order_no, status, quantity, delivered, _, total, refunded, looked_at, ref in rows:
        if ref in refused:
            yield f"{order_no}: was refused, and is there"
        if status not in FINAL:
            if not looked_at:
                tried = [
                    f"{one.supplier} {one.status}" for one in found if one.order_no == order_no
                ]
                yield f"{order_no} is {status}, and on nobody's list: {ref} {tried}"
            continue
        kept = (total * delivered / quantity).quantize(Decimal("0.01"))
        if total - refunded != kept:
            yield f"{order_no} is {status}: {delivered} of {quantity}, {refunded} of {total} back"
    for wish, (_, order_no) in placed.orders.items():
        if order_no not in known:
            yield f"{wish}: {order_no} is lost"


def _wrong_wallets(placed: Placed, before: dict[Program, Decimal]) -> Iterator[str]:
    kept: defaultdict[Program, Decimal] = defaultdict(Decimal)
    with ThreadPoolExecutor(8) as pool:
        orders = list(pool.map(_shown, placed.orders.values()))
    codes: Counter[str] = Counter()
    for program, order, cards in orders:
        kept[program] += Decimal(order["total"]) - Decimal(order["refunded"])
        codes.update(card["secret"] for card in cards)
        if cards and len(cards) != order["delivered"]:
            yield f"{order['order_no']}: {order['delivered']} delivered, {len(cards)} codes"
    for code, times in codes.items():
        if times > 1:
            yield f"a code is on {times} orders: {code}"
    for program, had in before.items():
        if (now := wallet(program)) != had - kept[program]:
            yield f"{program.username} had {had}, {kept[program]} was kept, {now} is there"


def _shown(placed: tuple[Program, str]) -> tuple[Program, dict[str, Any], list[dict[str, Any]]]:
    program, order_no = placed
    order = program.call("GET", f"/api/v1/orders/{order_no}")
    is_card = not order["account"] and order["delivered"]
    cards = program.call("GET", f"/api/v1/orders/{order_no}/cards")["cards"] if is_card else []
    return program, order, cards


def wallet(program: Program) -> Decimal:
    return Decimal(program.call("GET", "/api/v1/account")["balance"])
