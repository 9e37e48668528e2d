"""What the shop promises, under load: seconds to delivery, and from a failure to the refund.

Members buy top-ups from their wallets at a steady rate, while the product's own worker, web server
and supplier sandbox do the rest, on the same machine as all else here. Most numbers are delivered
(the supplier takes 0.3 s for it and calls back); every fifth is accepted and fails after a second,
at each supplier in turn, until none is left and the money goes back.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

import httpx
from django.db import connection

from bench.figures import Figure
from catalog.models import SKU
from kalegou.models import MemberLevel
from kalegou.services import ensure_member
from ledger import accounts
from ledger import services as ledger
from ledger.models import EntryKind
from ledger.services import Line
from orders.models import Fulfilment, Order, OrderStatus, Refund
from orders.services import place_order
from suppliers.models import HealthRule, Supplier
from users.models import User

ORDERS_PER_SECOND = 20
THREADS = 12
MEMBERS = 40
DEPOSIT = Decimal(1_000_000)
PRODUCT = "cmcc"
FACES = (10, 20, 30, 50)
FAILS_EACH = 5
SETTLE_SECONDS = 180
# The supplier's own time for a delivery (suppliers/sandbox): no shop can be faster.
SUPPLIER_SECONDS = 0.3
MOST_DELIVERY_SECONDS = 5
MOST_REFUND_SECONDS = 2


@dataclass(frozen=True, slots=True)
class Measured:
    """Seconds, one a measured order."""

    placed_per_second: float
    deliveries: Sequence[float]
    refunds: Sequence[float]


def measure(sandbox: str, *, seconds: float, per_second: float = ORDERS_PER_SECOND) -> Measured:
    """Buy for so long at this rate, wait until everything has ended, and read the times."""
    buyers = _prepare()
    skus = [SKU.objects.get(code=f"{PRODUCT}-{face}") for face in FACES]
    count = int(seconds * per_second)
    began = time.monotonic()
    with ThreadPoolExecutor(THREADS) as pool:
        waiting = []
        for number in range(count):
            time.sleep(max(0.0, began + number / per_second - time.monotonic()))
            buyer, sku = buyers[number % len(buyers)], skus[number % len(skus)]
            waiting.append(pool.submit(_buy, buyer, sku, number))
        placed = [one.result() for one in waiting]
        rate = count / (time.monotonic() - began)
        list(pool.map(lambda _: connection.close(), range(THREADS)))
    _wait_until_all_ended(placed)
    return Measured(rate, list(_deliveries(placed)), list(_refunds(placed, sandbox)))


def figures(measured: Measured) -> list[Figure]:
    compared = (
        f"{len(measured.deliveries)} orders at {measured.placed_per_second:.1f} a second;"
        f" {SUPPLIER_SECONDS} s of it are the supplier's"
    )
    returned = f"{len(measured.refunds)} orders, from the last supplier's failure on"
    return [
        Figure("payment to delivery, p50", percentile(measured.deliveries, 50),
               MOST_DELIVERY_SECONDS, False, compared, "s"),
        Figure("payment to delivery, p95", percentile(measured.deliveries, 95),
               MOST_DELIVERY_SECONDS, False, compared, "s"),
        Figure("failure to refund, p50", percentile(measured.refunds, 50),
               MOST_REFUND_SECONDS, False, returned, "s"),
        Figure("failure to refund, p95", percentile(measured.refunds, 95),
               MOST_REFUND_SECONDS, False, returned, "s"),
    ]  # fmt: skip


def percentile(values: Sequence[float], share: int) -> float:
    """The nearest rank: a time that was really measured."""
    return sorted(values)[max(0, math.ceil(len(values) * share / 100) - 1)]


def _prepare() -> list[User]:
    """Members with money and no limits, and suppliers that are not paused for the failures."""
    MemberLevel.objects.update(single_limit=None, daily_limit=None, monthly_limit=None)
    for supplier in Supplier.objects.exclude(adapter="stock"):
        HealthRule.objects.update_or_create(
            supplier=supplier, defaults={"pauses_automatically": False}
        )
    buyers = []
    for number in range(MEMBERS):
        user = User.objects.create_user(username=f"bench{number}")
        member = ensure_member(user)
        member.verified_at = datetime.now(UTC)
        member.save()
        ledger.post(
            reference=f"bench:deposit:{number}",
            kind=EntryKind.DEPOSIT,
            lines=[Line(accounts.cash("bank"), -DEPOSIT), Line(member.wallet_id, DEPOSIT)],
        )
        buyers.append(user)
    return buyers


def _buy(buyer: User, sku: SKU, number: int) -> int:
    # 139 is China Mobile's; the last four digits decide what the suppliers do.
    ending = "0002" if number % FAILS_EACH == 0 else f"{1000 + number % 9000:04}"
    order = place_order(
        channel="retail",
        buyer=buyer,
        sku=sku,
        quantity=1,
        client_ref=f"bench-{number}",
        account={"phone": f"139{number % 10_000:04}{ending}"},
    ).order
    return int(order.pk)


def _wait_until_all_ended(placed: Sequence[int]) -> None:
    until = time.monotonic() + SETTLE_SECONDS
    while Order.objects.filter(pk__in=placed).open().exists():
        if time.monotonic() > until:
            raise RuntimeError("orders are still open")
        time.sleep(0.5)


def _deliveries(placed: Sequence[int]) -> Iterator[float]:
    rows = Order.objects.filter(pk__in=placed, status=OrderStatus.COMPLETED)
    for paid_at, finished_at in rows.values_list("paid_at", "finished_at"):
        assert paid_at is not None
        assert finished_at is not None
        yield (finished_at - paid_at).total_seconds()


def _refunds(placed: Sequence[int], sandbox: str) -> Iterator[float]:
    """From the moment when the last supplier's record says "failed", its callback still to come."""
    refunds = Refund.objects.filter(order__in=placed).order_by("order")
    with httpx.Client(trust_env=False, timeout=30) as http:
        for order, returned_at in refunds.values_list("order", "created_at"):
            last = Fulfilment.objects.filter(order=order).order_by("-pk")[0]
            events = http.get(f"{sandbox}/orders/{last.fulfilment_no}").json()["events"]
            (failed_at,) = [event["at"] for event in events if event["event"] == "failed"]
            yield returned_at.timestamp() - failed_at
