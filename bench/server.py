"""The benchmark's own PostgreSQL: one server, fsync on, in a temporary directory.

The shop and the textbook live in databases of the same server, so they share its memory, its log
and its disk; only then is their ratio worth anything.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg2
import psycopg2.extensions

from bench import cpu
from config.embedded.addresses import HOST, USER, Address
from config.embedded.places import bundled_binaries
from config.embedded.servers import Servers

_TRANSACTIONS = re.compile(r"^number of transactions actually processed: (\d+)", re.MULTILINE)
_RATE = re.compile(r"^tps = ([\d.]+) \(without initial connection time\)", re.MULTILINE)
_SESSIONS_END_SECONDS = 2


@dataclass(frozen=True, slots=True)
class Ran:
    """Transactions per second, and the processor's time of each: pgbench's and its sessions'."""

    per_second: float
    cpu_ms: float


@dataclass(frozen=True, slots=True)
class Server:
    """A running server and the directory that goes with it."""

    address: Address
    directory: Path

    def url(self, database: str) -> str:
        return self.address.database_url(database)

    def connect(self, database: str) -> psycopg2.extensions.connection:
        """A connection of its own, in autocommit."""
        connection = psycopg2.connect(self.url(database))
        connection.autocommit = True
        return connection

    def execute(self, database: str, *statements: str) -> None:
        """Each statement in a transaction of its own."""
        connection = self.connect(database)
        try:
            with connection.cursor() as cursor:
                for statement in statements:
                    cursor.execute(statement)
        finally:
            connection.close()

    def pgbench(
        self, database: str, script: Path, *, clients: int, seconds: float, **variables: int
    ) -> Ran:
        """Run a script by the server's own pgbench, with prepared statements."""
        postmaster = self._postmaster()
        others = cpu.children_of(postmaster)
        used = cpu.of_my_ended_children() + cpu.of_ended_children(postmaster)
        output = subprocess.run(
            [
                str(bundled_binaries() / "pgbench"),
                "--no-vacuum",
                "--protocol=prepared",
                f"--client={clients}",
                f"--jobs={clients}",
                f"--time={max(1, round(seconds))}",
                f"--file={script}",
                *(f"--define={name}={value}" for name, value in variables.items()),
                f"--host={HOST}",
                f"--port={self.address.port}",
                f"--username={USER}",
                database,
            ],
            env={"PATH": os.environ.get("PATH", ""), "PGPASSWORD": self.address.password},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        done, rate = _TRANSACTIONS.search(output), _RATE.search(output)
        if done is None or rate is None or not int(done[1]):
            raise RuntimeError(f"pgbench measured nothing:\n{output}")
        # What a session used is only told once it has ended, a moment after its client.
        until = time.monotonic() + _SESSIONS_END_SECONDS
        while cpu.children_of(postmaster) - others and time.monotonic() < until:
            time.sleep(0.01)
        used = cpu.of_my_ended_children() + cpu.of_ended_children(postmaster) - used
        return Ran(per_second=float(rate[1]), cpu_ms=1000 * used / int(done[1]))

    def _postmaster(self) -> int:
        """The process that all sessions are children of."""
        connection = self.connect("postgres")
        try:
            return cpu.parent_of(connection.info.backend_pid)
        finally:
            connection.close()


@contextmanager
def own_server() -> Iterator[Server]:
    """Start a server for this run, stop it and remove its files at the end."""
    with tempfile.TemporaryDirectory(prefix="kalegou-bench-") as name:
        directory = Path(name)
        directory.chmod(0o711)  # PostgreSQL's own user must get through to its part
        servers = Servers(directory, durable=True, with_valkey=False)
        try:
            services = servers.start(stop_with_parent=True)
            os.environ.update(services | {"DATA_DIR": name})
            yield Server(Address.from_url(services["DATABASE_URL"]), directory)
        finally:
            servers.stop()
            data = directory / "postgres"
            if data.is_symlink():
                shutil.rmtree(data.resolve(), ignore_errors=True)
