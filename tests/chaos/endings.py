"""Top-ups whose numbers decide how they end, and whether each of them ended like that.

Three records are held against each other: what the buyer is told, what the suppliers themselves
know that they delivered, and what our books say of it.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from tests.chaos.signed import Program
from tests.product import Product

SKU = "cmcc-10"
DELIVERED, REFUNDED = "completed", "failed"
# The contract's table. Number 0006, where a supplier contradicts itself, stands below.
TABLE = {
    "0001": REFUNDED,
    "0002": REFUNDED,
    "0003": DELIVERED,
    "0004": REFUNDED,
    "0005": DELIVERED,
    "0007": DELIVERED,
    "0008": DELIVERED,
    "0009": DELIVERED,
    "1234": DELIVERED,
}
LATE = "0006"
ENDINGS = (*TABLE, LATE)

OPEN = (
    "SELECT count(*) FROM orders_order WHERE status IN ('paid', 'fulfilling')"
    " AND NOT starts_with(client_ref, 'demo-')"
)
_ATTEMPTS = """
SELECT o.order_no, count(f.id) FILTER (WHERE f.status = 'succeeded'), count(f.late_success_at)
FROM orders_order o LEFT JOIN orders_fulfilment f ON f.order_id = o.id
WHERE NOT starts_with(o.client_ref, 'demo-') GROUP BY o.order_no
"""
_LOSSES = """
SELECT (SELECT coalesce(-sum(posting.amount), 0) FROM ledger_posting posting
        JOIN ledger_account account ON account.id = posting.account_id
        WHERE account.kind = 'supplier_loss'),
       (SELECT coalesce(sum(cost), 0) FROM orders_fulfilment WHERE late_success_at IS NOT NULL)
"""


@dataclass(frozen=True, slots=True)
class Placed:
    """What a program wanted, and the number that it was given for it."""

    program: Program
    phone: str
    order_no: str

    @property
    def ending(self) -> str:
        return self.phone[-4:]


@dataclass(frozen=True, slots=True)
class End:
    """One order after the end, in all three records.

    `delivered` is how often suppliers charged the number by their own records; `sold` and `losses`
    are how many of those we know, as the sale itself and as a success after the decision.
    `reached_nobody` is true of an order that no supplier's record knows.
    """

    placed: Placed
    status: str
    total: Decimal
    refunded: Decimal
    delivered: int
    sold: int
    losses: int
    reached_nobody: bool

    @property
    def was_never_sent(self) -> bool:
        """A worker died between committing to a supplier and sending, and nobody else took it.

        The supplier's "not found" is definite, so all money goes back. At most as many orders as a
        worker does at a time can end like that.
        """
        is_other_end = TABLE.get(self.placed.ending) == DELIVERED and self.status == REFUNDED
        return is_other_end and self.reached_nobody

    def problems(self) -> Iterator[str]:
        is_delivered = self.status == DELIVERED
        if self.status not in (DELIVERED, REFUNDED):
            yield self._said("not final")
        if self.refunded != (0 if is_delivered else self.total):
            yield self._said("charged wrongly")
        if self.sold != (1 if is_delivered else 0):
            yield self._said("its status and its attempts disagree")
        if self.delivered != self.sold + self.losses:
            yield self._said("a delivery that the books don't know")
        if self.placed.ending != LATE:
            if self.status != TABLE[self.placed.ending] and not self.was_never_sent:
                yield self._said(f"should be {TABLE[self.placed.ending]}")
            if self.losses:
                yield self._said("delivered once too often")
        # 0006 fails and then succeeds, at each supplier that is asked. Which of the two it says at
        # the moment of our question decides: failed, all money back, and every delivery is that
        # supplier's loss; or completed by one delivery, and at most the first supplier's is a loss.
        elif not is_delivered and not self.losses and not self.reached_nobody:
            yield self._said("failed without the late success that this number has")
        elif is_delivered and self.losses > 1:
            yield self._said("more late successes than suppliers before the one that sold it")

    def _said(self, what: str) -> str:
        return f"{self.placed.phone} {self}: {what}"


def wanted_phones(count: int, chance: random.Random) -> Iterator[str]:
    """Each number once, each ending equally often, in an order that the seed decides."""
    endings = [ending for ending in ENDINGS for _ in range(count // len(ENDINGS))]
    chance.shuffle(endings)
    for place_in_line, ending in enumerate(endings):
        yield f"1380{place_in_line:03d}{ending}"


def place(program: Program, phone: str) -> Placed:
    """Order a top-up of the number; the number is the client reference too."""
    order = program.call(
        "POST",
        "/api/v1/orders",
        {"sku": SKU, "quantity": 1, "client_ref": phone, "account": {"phone": phone}},
    )
    return Placed(program, phone, order["order_no"])


def balance(program: Program) -> Decimal:
    return Decimal(program.call("GET", "/api/v1/account")["balance"])


def open_orders(product: Product) -> int:
    count: int = product.rows(OPEN)[0][0]
    return count


def sent_attempts(product: Product) -> int:
    """How many attempts workers have taken to be sent."""
    sent = (
        "SELECT count(*) FROM orders_fulfilment f JOIN orders_order o ON o.id = f.order_id"
        " WHERE submitted_at IS NOT NULL AND NOT starts_with(o.client_ref, 'demo-')"
    )
    count: int = product.rows(sent)[0][0]
    return count


def contradictions_are_over(product: Product) -> bool:
    """Every supplier that took a 0006 has said its second, different word."""
    taken = [one for one in product.supplier_orders() if one["account"].endswith(LATE)]
    return all(one["status"] == "success" for one in taken)


def all_ends(product: Product, placed: Sequence[Placed]) -> list[End]:
    delivered = _deliveries(product)
    known = {one["account"] for one in product.supplier_orders()}
    attempts: Mapping[str, tuple[int, int]] = {
        order_no: (sold, losses) for order_no, sold, losses in product.rows(_ATTEMPTS)
    }
    ends = []
    for one in placed:
        order = one.program.call("GET", f"/api/v1/orders/{one.order_no}")
        sold, losses = attempts[one.order_no]
        ends.append(
            End(
                placed=one,
                status=order["status"],
                total=Decimal(order["total"]),
                refunded=Decimal(order["refunded"]),
                delivered=delivered[one.phone],
                sold=sold,
                losses=losses,
                reached_nobody=one.phone not in known,
            )
        )
    return ends


def every_delivery_is_known(product: Product) -> bool:
    """Our records have as many successes, in time or late, as the suppliers' own."""
    known = sum(sold + losses for _order_no, sold, losses in product.rows(_ATTEMPTS))
    return known == sum(_deliveries(product).values())


def losses_are_booked(product: Product) -> bool:
    """The suppliers' losses in the books are what the late successes cost."""
    [(booked, cost)] = product.rows(_LOSSES)
    assert booked == cost, f"{booked} booked, the late successes cost {cost}"
    return True


def _deliveries(product: Product) -> Counter[str]:
    """How often the suppliers charged each number, by their own records."""
    counted: Counter[str] = Counter()
    for order in product.supplier_orders():
        counted[order["account"]] += order["delivered_count"]
    return counted


def summary(ends: Sequence[End]) -> Iterator[str]:
    """One line for each ending and outcome, for the person who reads the run."""
    counted = Counter((end.placed.ending, end.status, end.delivered, end.losses) for end in ends)
    for (ending, status, delivered, losses), many in sorted(counted.items()):
        yield f"{ending}: {status}, delivered {delivered}×, of it late {losses}: {many} orders"


def kept_of(program: Program, ends: Sequence[End]) -> Decimal:
    """What the orders of one program came to, after refunds."""
    kept = (end.total - end.refunded for end in ends if end.placed.program == program)
    return sum(kept, Decimal(0))
