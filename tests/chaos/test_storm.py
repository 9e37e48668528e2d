"""The storm: after it everything is where it belongs, and nothing happened twice.

`make test` runs a small one; `make chaos` the large one. Both print their seed: CHAOS_SEED=… has
the same orders, the same kills at the same points and the same fate of each callback again.
"""

from __future__ import annotations

import os
import random
import time
from collections import Counter
from collections.abc import Iterator

import httpx
import pytest

from kameng.demo import demo_keys
from tests.chaos.signed import Program
from tests.chaos.storm.judging import STATUSES, UNSETTLED, attempts, problems, table_of, wallet
from tests.chaos.storm.meddler import meddling
from tests.chaos.storm.plan import plan
from tests.chaos.storm.raging import rage
from tests.product import Product, product_with_its_servers
from tests.sandboxes import wait_until

pytestmark = pytest.mark.slow

ORDERS = int(os.environ.get("CHAOS_ORDERS") or 80)
KILLS = int(os.environ.get("CHAOS_KILLS") or 5)
SETTLING_SECONDS = 5 + ORDERS // 40
MANUAL_SECONDS = 2 * SETTLING_SECONDS
# After the last order time-outs, settling times and back-offs run out. Nothing need happen for as
# long as the longest pause between two questions; what stands still for longer is stuck.
SETTLE_SECONDS = 120 + 2 * ORDERS
STILL_SECONDS = 330
LATE_SECONDS = 60 + ORDERS / 10


@pytest.fixture
def product() -> Iterator[Product]:
    limits = {"API_WRITES_PER_MINUTE": 100_000, "API_READS_PER_MINUTE": 100_000}
    with product_with_its_servers(**limits) as running:
        seconds = f"settling_seconds={SETTLING_SECONDS}, manual_after_seconds={MANUAL_SECONDS}"
        prepare = f"prepare({seconds})"
        running.manage("shell", "-c", f"from tests.chaos.storm.world import prepare; {prepare}")
        yield running


@pytest.fixture
def programs(product: Product) -> Iterator[list[Program]]:
    limits = httpx.Limits(max_connections=64)
    with httpx.Client(trust_env=False, timeout=15, limits=limits) as http:
        yield [
            Program(product.base_url, username, key.key_id, key.secret, http)
            for username, key in demo_keys().items()
        ]


def test_after_a_storm_everything_is_where_it_belongs(
    product: Product, programs: list[Program]
) -> None:
    seed = int(os.environ.get("CHAOS_SEED") or random.SystemRandom().randrange(10**6))
    storm = plan(seed, orders=ORDERS, kills=KILLS)
    print(f"CHAOS_SEED={seed} CHAOS_ORDERS={ORDERS} CHAOS_KILLS={KILLS}")
    began_at = time.monotonic()

    def say(what: str) -> None:
        print(f"{time.monotonic() - began_at:6.1f} s  {what}", flush=True)

    before = {program: wallet(program) for program in programs}
    with meddling(seed, product.base_url) as meddler:
        product.send_callbacks_to(meddler.base_url)
        placed = rage(product, programs, storm, say)
        say(f"{len(placed.orders)} orders taken, {len(placed.refused)} refused")
        _wait_for_the_end(product)
        say(f"{product.rows(UNSETTLED)[0][0]} orders are neither final nor with a person")
        _wait_for_late_successes(product)
    say(f"callbacks: {dict(meddler.did)}")
    found = attempts(product)
    statuses = product.rows(STATUSES)
    say(f"orders: {dict(statuses)}")
    say(f"kills: {dict(Counter(kill.victim for kill in storm.kills))}")
    print(table_of(found))
    assert list(problems(product, placed, found, before)) == []
    assert product.books_are_clean()
    say("the books are clean")


def _wait_for_the_end(product: Product) -> None:
    """Every order is final or with a person, or nothing moves any more; judged after all.

    Not within a fixed time: how quick it is depends on what else the machine does.
    """
    began_at = moved_at = time.monotonic()
    left = -1

    def is_over() -> bool:
        nonlocal left, moved_at
        ((now,),) = product.rows(UNSETTLED)
        if now != left:
            left, moved_at = now, time.monotonic()
        return left == 0 or time.monotonic() > moved_at + STILL_SECONDS

    while not is_over() and time.monotonic() < began_at + SETTLE_SECONDS:
        time.sleep(0.5)


def _wait_for_late_successes(product: Product) -> None:
    """One is known once its callback and the query after it have been here; judged after all."""
    deadline = time.monotonic() + LATE_SECONDS

    def is_time() -> bool:
        return time.monotonic() > deadline or all(
            attempt.column != "disagree" for attempt in attempts(product)
        )

    wait_until(is_time, seconds=2 * LATE_SECONDS)
