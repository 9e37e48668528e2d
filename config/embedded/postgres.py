"""The embedded PostgreSQL: initdb, start, stop, and the database `app`."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import psycopg2
from psycopg2 import sql

from config.embedded.addresses import DATABASE, HOST, USER, Address
from config.embedded.errors import ServerError
from config.embedded.places import reachable_binaries, reachable_data
from config.processes import (
    ProcessRecord,
    die_with_parent,
    spawn,
    stop_recorded,
    unprivileged,
    wait_until,
)

START_TIMEOUT_SECONDS = 60  # after a crash it replays its log first
LEFTOVERS_TIMEOUT_SECONDS = 30
LEFTOVERS_PAUSE_SECONDS = 0.2
STOP_TIMEOUT_SECONDS = 20

SETTINGS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "max_connections": "300",
    "shared_buffers": "256MB",
    "password_encryption": "scram-sha-256",
    "timezone": "Asia/Shanghai",
    "log_timezone": "UTC",
    "max_wal_size": "2GB",
}
# For tests only: what a crash loses there is worth nothing.
CARELESS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


@dataclass(frozen=True, slots=True)
class Postgres:
    """A PostgreSQL server whose files are all below `root`."""

    root: Path
    durable: bool

    @property
    def record_path(self) -> Path:
        return self.root.with_name(f"{self.root.name}.json")

    @property
    def log_path(self) -> Path:
        return self.root.with_name(f"{self.root.name}.log")

    def running(self) -> ProcessRecord | None:
        return ProcessRecord.read_living(self.record_path)

    def start(self, address: Address, *, stop_with_parent: bool) -> None:
        """Start and wait until it answers; raise ServerError with one line when it doesn't."""
        user = unprivileged()
        binaries = reachable_binaries(user)
        root = reachable_data(self.root, user)
        data = root / "data"
        if not data.exists():
            _initdb(binaries, root, address.password, user)
        _remove_stale_lock(data)
        settings = SETTINGS | {"port": str(address.port)} | ({} if self.durable else CARELESS)
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        deadline = time.monotonic() + LEFTOVERS_TIMEOUT_SECONDS
        while not (
            process := self._spawn(binaries, data, options, user, address, stop_with_parent)
        ):
            if time.monotonic() > deadline or not _has_leftovers(self.log_path):
                self.stop()
                raise ServerError(
                    f"PostgreSQL doesn't start ({_last_line(self.log_path)}); see {self.log_path}"
                )
            time.sleep(LEFTOVERS_PAUSE_SECONDS)
        process.returncode = 0  # the record follows it from here on; Popen would warn
        _create_database(address)

    def _spawn(
        self,
        binaries: Path,
        data: Path,
        options: list[str],
        user: pwd.struct_passwd | None,
        address: Address,
        stop_with_parent: bool,
    ) -> subprocess.Popen[bytes] | None:
        """One try: the process once it answers, None when it ended or doesn't."""
        process = spawn(
            [str(binaries / "postgres"), "-D", str(data), *options],
            log_path=self.log_path,
            user=user,
            # SIGINT: end all sessions and shut down cleanly. SIGQUIT would replay the log.
            die_signal=signal.SIGINT if stop_with_parent else None,
        )
        if record := ProcessRecord.of(process.pid):
            record.write(self.record_path)
        wait_until(
            lambda: process.poll() is not None or _answers(address),
            timeout_seconds=START_TIMEOUT_SECONDS,
        )
        return process if process.poll() is None and _answers(address) else None

    def stop(self) -> None:
        """Stop it cleanly, ending open sessions; nothing happens when it isn't running."""
        if record := self.running():
            stop_recorded(record, signal.SIGINT, timeout_seconds=STOP_TIMEOUT_SECONDS)
        self.record_path.unlink(missing_ok=True)


def _initdb(binaries: Path, root: Path, password: str, user: pwd.struct_passwd | None) -> None:
    """Make a cluster beside its final name, so that an interrupted initdb leaves no half one."""
    unfinished = root / "data.unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    password_file = root / "password"
    password_file.write_text(f"{password}\n")
    if user:
        os.chown(password_file, user.pw_uid, user.pw_gid)
    password_file.chmod(0o600)
    try:
        result = subprocess.run(
            [
                str(binaries / "initdb"),
                f"--pgdata={unfinished}",
                f"--username={USER}",
                f"--pwfile={password_file}",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                "--locale-provider=builtin",
                "--locale=C.UTF-8",
                "--no-instructions",
                "--no-sync",  # the server itself syncs what matters before it says yes
            ],
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
            preexec_fn=die_with_parent(signal.SIGKILL),
            user=user.pw_uid if user else None,
            group=user.pw_gid if user else None,
            extra_groups=[] if user else None,
        )
    finally:
        password_file.unlink(missing_ok=True)
    if result.returncode != 0:
        reason = (result.stderr.strip().splitlines() or ["no message"])[-1]
        raise ServerError(f"PostgreSQL can't set up its data in {root}: {reason}")
    unfinished.rename(root / "data")


def _remove_stale_lock(data: Path) -> None:
    """Drop a postmaster.pid whose process is gone or is something else by now.

    PostgreSQL does this too, but gives up when the number has been given to another process.
    """
    lock = data / "postmaster.pid"
    try:
        pid = int(lock.read_text().splitlines()[0])
    except (OSError, ValueError, IndexError):
        return
    record = ProcessRecord.of(pid)
    if record is None or "postgres" not in record.command:
        lock.unlink(missing_ok=True)
    else:
        # A server of this directory that no record names: its own lock file proves what it is.
        stop_recorded(record, signal.SIGINT, timeout_seconds=STOP_TIMEOUT_SECONDS)


def _has_leftovers(log_path: Path) -> bool:
    """Whether it refused because sessions of a killed server are still ending: a moment.

    They notice that their parent is gone, but a long statement of theirs may come first.
    """
    lines = log_path.read_text(errors="replace").splitlines()[-5:]
    return any("pre-existing shared memory block" in line for line in lines)


def _answers(address: Address) -> bool:
    try:
        psycopg2.connect(address.database_url("postgres"), connect_timeout=5).close()
    except psycopg2.OperationalError:
        return False
    return True


def _create_database(address: Address) -> None:
    connection = psycopg2.connect(address.database_url("postgres"))
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
            if cursor.fetchone() is None:
                cursor.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))
    finally:
        connection.close()


def _last_line(path: Path) -> str:
    lines = path.read_text(errors="replace").strip().splitlines()
    return lines[-1] if lines else "it said nothing"
