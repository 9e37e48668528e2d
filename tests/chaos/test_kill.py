"""`kill -9` in the middle of two hundred running orders: each ends as its number says, once."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from kameng.demo import demo_keys
from tests.chaos.endings import (
    all_ends,
    balance,
    contradictions_are_over,
    every_delivery_is_known,
    kept_of,
    losses_are_booked,
    open_orders,
    place,
    sent_attempts,
    summary,
    wanted_phones,
)
from tests.chaos.faults import kill, silent
from tests.chaos.signed import Program
from tests.product import Product, whole_product
from tests.sandboxes import wait_until

pytestmark = pytest.mark.slow

ORDERS = 200
# So many calls to a supplier hang when a process is killed.
HANGING = 12
WORKER_THREADS = 24


_NO_PAUSES = """
from suppliers.models import HealthRule, Supplier
for supplier in Supplier.objects.all():
    HealthRule.objects.update_or_create(supplier=supplier, defaults={"pauses_automatically": False})
"""


@pytest.fixture
def product() -> Iterator[Product]:
    # A key may write 300 times a minute; a program that asks again after a kill needs more.
    with whole_product(API_WRITES_PER_MINUTE=3000, API_READS_PER_MINUTE=6000) as running:
        # Silent suppliers would be paused, and an order that nobody may take is refunded at once.
        running.manage("shell", "-c", _NO_PAUSES)
        # A callback that found the web server busy is sent again a minute later: so, 15 s.
        running.scale_suppliers_delays(0.25)
        yield running


@pytest.fixture
def programs(product: Product) -> Iterator[list[Program]]:
    with httpx.Client(trust_env=False, timeout=15) as http:
        yield [
            Program(product.base_url, username, key.key_id, key.secret, http)
            for username, key in demo_keys().items()
        ]


def test_killed_worker_and_web_server_lose_nothing_and_do_nothing_twice(
    product: Product, programs: Sequence[Program]
) -> None:
    seed = int(os.environ.get("CHAOS_SEED") or random.SystemRandom().randrange(10**6))
    print(f"CHAOS_SEED={seed}")
    started_at = time.monotonic()

    def say(what: str) -> None:
        print(f"{time.monotonic() - started_at:5.1f} s  {what}")

    before = {program: balance(program) for program in programs}
    phones = list(wanted_phones(ORDERS, random.Random(seed)))
    wanted = [
        (programs[place_in_line % len(programs)], phone)
        for place_in_line, phone in enumerate(phones)
    ]
    # The suppliers take every call and answer none, so no order can end before both kills.
    with silent(product, "supplier-sandbox"), ThreadPoolExecutor(8) as pool:
        placed = list(pool.map(place, *zip(*wanted, strict=True)))
        wait_until(lambda: sent_attempts(product) >= HANGING, seconds=180)
        assert open_orders(product) == ORDERS
        say(f"kill -9 worker, {sent_attempts(product)} orders sent to a supplier")
        sent_before = sent_attempts(product)
        kill(product, "worker")

        wait_until(lambda: sent_attempts(product) >= sent_before + HANGING, seconds=180)
        # Every program asks again for what it has, so the web server dies in the middle of calls.
        again = [pool.submit(place, program, phone) for program, phone in wanted]
        wait_until(lambda: sum(one.done() for one in again) >= ORDERS // 4, seconds=120)
        assert open_orders(product) == ORDERS
        say(f"kill -9 web, {sent_attempts(product)} orders sent to a supplier")
        kill(product, "web")
        assert [one.result() for one in again] == placed
        assert open_orders(product) == ORDERS
    say("all asked for again; the suppliers go on")

    wait_until(lambda: open_orders(product) == 0, seconds=180)
    say("all final")
    wait_until(lambda: contradictions_are_over(product), seconds=120)
    wait_until(lambda: every_delivery_is_known(product), seconds=180)
    say("every delivery known")

    ours = "SELECT count(*) FROM orders_order WHERE NOT starts_with(client_ref, 'demo-')"
    assert product.rows(ours) == [(ORDERS,)]
    ends = all_ends(product, placed)
    print(*summary(ends), sep="\n")
    assert sum(end.was_never_sent for end in ends) <= WORKER_THREADS
    assert [problem for end in ends for problem in end.problems()] == []
    for program in programs:
        assert balance(program) == before[program] - kept_of(program, ends), program.username
    assert losses_are_booked(product)
    assert product.books_are_clean()
