"""Letting a storm rage: orders placed by programs that don't give up, and processes killed."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field

import psycopg2

from config.embedded.postgres import Postgres
from config.embedded.valkey import Valkey
from config.processes import ProcessRecord
from tests.chaos.signed import Program
from tests.chaos.storm.plan import Kill, Storm, Wish
from tests.product import Product
from tests.sandboxes import wait_until

PATIENCE_SECONDS = 240.0
RESTART_SECONDS = 90.0
PROGRAMS_AT_ONCE = 12
Say = Callable[[str], None]


@dataclass(slots=True)
class Placed:
    """What became of the wishes: order numbers by wish, and those that were refused to the end."""

    orders: dict[Wish, tuple[Program, str]] = field(default_factory=dict)
    refused: list[Wish] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __len__(self) -> int:
        return len(self.orders) + len(self.refused)


def rage(product: Product, programs: Sequence[Program], storm: Storm, say: Say) -> Placed:
    """Place every wish while the kills happen; every victim is back when this ends."""
    placed = Placed()
    with ThreadPoolExecutor(PROGRAMS_AT_ONCE) as pool:
        placing = [
            pool.submit(_place, programs[wish.place % len(programs)], wish, placed)
            for wish in storm.wishes
        ]
        for kill in storm.kills:
            _wait_for(kill.after_orders, placed, placing)
            _kill(product, kill)
            say(f"kill -9 {kill.victim} after {len(placed)} orders, back again")
        for one in placing:
            one.result()
    return placed


def _wait_for(orders: int, placed: Placed, placing: Sequence[Future[None]]) -> None:
    wait_until(
        lambda: len(placed) >= orders or all(one.done() for one in placing),
        seconds=PATIENCE_SECONDS,
    )


def _place(program: Program, wish: Wish, placed: Placed) -> None:
    """Ask until it is taken. What can't be delivered just now is asked for again."""
    content = {"sku": wish.sku, "quantity": wish.quantity, "client_ref": wish.client_ref}
    if wish.phone:
        content["account"] = {"phone": wish.phone}
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        answer = program.ask("POST", "/api/v1/orders", content)
        if answer is not None and answer.status_code in (200, 201):
            with placed.lock:
                placed.orders[wish] = (program, answer.json()["order_no"])
            return
        refused = answer is not None and answer.status_code < 500
        if answer is not None and refused:
            assert answer.status_code in (409, 429), answer.text  # sold out just now; too fast
        time.sleep(1 if refused else 0.2)
    with placed.lock:
        placed.refused.append(wish)


def _kill(product: Product, kill: Kill) -> None:
    """`kill -9`, and wait until there is another one that works."""
    data = product.running.data_dir
    match kill.victim:
        case "broker":
            valkey = Valkey(data / "valkey", durable=True)
            _kill_server(valkey.running, lambda: True)
        case "database":
            postgres = Postgres(data / "postgres", durable=True)
            _kill_server(postgres.running, lambda: _answers(product))
        case name:
            victim = product.running.child(name)
            os.kill(victim.pid, signal.SIGKILL)
            wait_until(lambda: product.running.child(name) != victim, seconds=RESTART_SECONDS)


def _kill_server(running: Callable[[], ProcessRecord | None], answers: Callable[[], bool]) -> None:
    victim = running()
    assert victim is not None, "it doesn't run"
    os.kill(victim.pid, signal.SIGKILL)
    wait_until(lambda: running() not in (None, victim) and answers(), seconds=RESTART_SECONDS)


def _answers(product: Product) -> bool:
    with suppress(psycopg2.Error):
        return product.rows("SELECT 1") == [(1,)]
    return False
