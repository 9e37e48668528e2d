"""The whole product as `make run` starts it, with the demo world, for tests from the outside.

PostgreSQL is the test session's, with a database of its own, copied from one that was filled once:
that saves the slowest parts of a start. The supervisor, its processes and the Redis-compatible
server are the product's own.
"""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import psycopg2
from psycopg2.sql import SQL, Identifier

from config.embedded.addresses import read_services
from config.supervisor.plan import BASE_DIR
from tests import template
from tests.runtime.stage import Running, clean_environment, started

PASSWORD = "demo-pass-2026"
TEMPLATE = "product_template"
DEMO_ATTEMPTS = """
SELECT fulfilment_no FROM orders_fulfilment f JOIN orders_order o ON o.id = f.order_id
WHERE starts_with(o.client_ref, 'demo-')
"""


@dataclass(frozen=True, slots=True)
class Product:
    """A running product, seen as its users, its suppliers and its accountant see it."""

    running: Running
    database_url: str

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.running.port}"

    def _sandbox(self, name: str, path: str) -> httpx.Response:
        return httpx.get(f"{self._sandbox_url(name)}/{path}", trust_env=False, timeout=30)

    @property
    def supplier_sandbox_url(self) -> str:
        """Where the suppliers are."""
        return self._sandbox_url("SUPPLIER").removesuffix("/_sandbox")

    def _sandbox_url(self, name: str) -> str:
        port = read_services(self.running.data_dir)[f"{name}_SANDBOX_PORT"]
        return f"http://127.0.0.1:{port}/_sandbox"

    def supplier_orders(self, account: str = "") -> list[dict[str, Any]]:
        """What the suppliers' own records know, of one account or of all.

        Not of the demo world's own orders, which the workers fulfil like any other.
        """
        answer = self._sandbox("SUPPLIER", f"orders?account={account}&limit=1000000")
        orders: list[dict[str, Any]] = answer.raise_for_status().json()["orders"]
        of_the_demo = {number for (number,) in self.rows(DEMO_ATTEMPTS)}
        return [order for order in orders if order["customer_order_no"] not in of_the_demo]

    def scale_suppliers_delays(self, scale: float) -> None:
        """Everything that a supplier does later takes `scale` times as long."""
        settings = f"{self._sandbox_url('SUPPLIER')}/settings"
        httpx.post(settings, json={"delay_scale": scale}, trust_env=False).raise_for_status()

    def send_callbacks_to(self, base_url: str) -> None:
        """Have the suppliers call somebody else, who passes it on to us."""
        settings = f"{self._sandbox_url('SUPPLIER')}/settings"
        httpx.post(settings, json={"callback_base": base_url}, trust_env=False).raise_for_status()

    def supplier_order(self, number: str) -> dict[str, Any] | None:
        """What a supplier's own record knows of one of our numbers; None: it never got it."""
        answer = self._sandbox("SUPPLIER", f"orders/{number}")
        if answer.status_code == 404:
            return None
        known: dict[str, Any] = answer.raise_for_status().json()
        return known

    def manage(self, *words: str) -> str:
        """`manage.py …` as a person runs it beside the product; fails with what it printed."""
        finished = subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=BASE_DIR,
            env=clean_environment(
                DATA_DIR=self.running.data_dir,
                DATABASE_URL=self.database_url,
                DEVELOPMENT="true",
            ),
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert finished.returncode == 0, finished.stdout + finished.stderr
        return finished.stdout

    def trades(self, payment_no: str) -> dict[str, Any]:
        """What the payment gateway's own record says about one payment."""
        known: dict[str, Any] = self._sandbox("PAYMENT", f"trades/{payment_no}").json()
        return known

    def rows(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Look into the database, without Django."""
        with (
            closing(psycopg2.connect(self.database_url)) as connection,
            connection.cursor() as cursor,
        ):
            cursor.execute(statement, values)
            return cursor.fetchall()

    def books_are_clean(self) -> bool:
        """`manage.py check_ledger` as a person runs it; fails with what it printed."""
        self.manage("check_ledger")
        return True


@contextmanager
def whole_product(**variables: object) -> Iterator[Product]:
    """Start everything, with a demo world that is there already; stop it, remove what it kept."""
    # PostgreSQL isn't here, but Valkey may run as another user, who must be able to pass.
    home = Path(tempfile.mkdtemp(prefix="kalegou-product-"))
    home.chmod(0o711)
    with _own_database() as database_url:
        try:
            with started(home / "data", None, DATABASE_URL=database_url, **variables) as running:
                yield Product(running, database_url)
        finally:
            shutil.rmtree(home, ignore_errors=True)


@contextmanager
def product_with_its_servers(**variables: object) -> Iterator[Product]:
    """As `whole_product`, with a PostgreSQL of its own, so that it can be killed."""
    home = Path(tempfile.mkdtemp(prefix="kalegou-product-"))
    home.chmod(0o711)
    try:
        template.prepare_data(home / "data")
        with started(home / "data", None, **variables) as running:
            yield Product(running, read_services(running.data_dir)["DATABASE_URL"])
    finally:
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def _own_database() -> Iterator[str]:
    """A copy of the demo world."""
    server = os.environ["DATABASE_URL"]
    name = f"product_{os.getpid()}_{secrets.token_hex(3)}"
    with template.administrating(server) as cursor:
        migrated = template.migrated_database(server, cursor)
        template.make_once(server, cursor, TEMPLATE, _load_demo, source=migrated)
        template.copy_database(cursor, TEMPLATE, name)
    try:
        yield urlsplit(server)._replace(path=f"/{name}").geturl()
    finally:
        with template.administrating(server) as cursor:
            cursor.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))


def _load_demo(database_url: str) -> None:
    for command in ("migrate", "demo"):
        template.manage(database_url, command)
