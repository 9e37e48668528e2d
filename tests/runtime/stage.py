"""Run the supervisor as a person does, and see what it leaves on the machine."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from config.embedded.addresses import free_port
from config.processes import ProcessRecord, wait_until
from config.supervisor.plan import BASE_DIR

START_TIMEOUT_SECONDS = 240
STOP_TIMEOUT_SECONDS = 40
# What the test session itself set must not steer a supervisor under test.
SESSION_VARIABLES = (
    "DATABASE_URL",
    "DATABASE_CONN_MAX_AGE",
    "REDIS_URL",
    "DATA_DIR",
    "DEVELOPMENT",
    "MAKELEVEL",
)


def clean_environment(**variables: object) -> dict[str, str]:
    env = {name: value for name, value in os.environ.items() if name not in SESSION_VARIABLES}
    return env | {name: str(value) for name, value in variables.items()}


def run_to_its_end(**variables: object) -> subprocess.CompletedProcess[str]:
    """A start that is expected to be refused."""
    return subprocess.run(
        [sys.executable, "-m", "config.supervisor"],
        cwd=BASE_DIR,
        env=clean_environment(**variables),
        capture_output=True,
        text=True,
        timeout=START_TIMEOUT_SECONDS,
        check=False,
    )


@dataclass(frozen=True, slots=True)
class Running:
    """A supervisor that is up."""

    process: subprocess.Popen[str]
    data_dir: Path
    port: int
    log: Path

    @property
    def supervisor_pid(self) -> int:
        return int((self.data_dir / "supervisor.lock").read_text())

    def family(self) -> list[ProcessRecord]:
        """Every process below the supervisor."""
        children = psutil.Process(self.supervisor_pid).children(recursive=True)
        return [record for child in children if (record := ProcessRecord.of(child.pid))]

    def child(self, name: str) -> ProcessRecord:
        return ProcessRecord(**json.loads((self.data_dir / "run" / f"{name}.json").read_text()))

    def health(self) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/healthz/")
            return connection.getresponse().status
        finally:
            connection.close()

    def stop(self, sig: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(sig)
        return self.process.wait(STOP_TIMEOUT_SECONDS)


def _hear_interrupts() -> None:
    """A shell has its background jobs ignore SIGINT, and what they start inherits that."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@contextmanager
def started(
    data_dir: Path, command: list[str] | None = None, **variables: object
) -> Iterator[Running]:
    """A supervisor in `data_dir`, up; whatever the test does, nothing of it stays."""
    port = free_port()
    log = data_dir.with_suffix(".log")
    with log.open("w") as output:
        process = subprocess.Popen(
            command or [sys.executable, "-m", "config.supervisor"],
            cwd=BASE_DIR,
            env=clean_environment(DATA_DIR=data_dir, PORT=port, **variables),
            stdout=output,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            preexec_fn=_hear_interrupts,
        )
    try:
        wait_until(
            lambda: process.poll() is not None or "Ctrl-C" in log.read_text(),
            timeout_seconds=START_TIMEOUT_SECONDS,
        )
        assert process.poll() is None, log.read_text()
        assert "Ctrl-C" in log.read_text(), log.read_text()
        yield Running(process, data_dir, port, log)
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(STOP_TIMEOUT_SECONDS)


def all_gone(family: list[ProcessRecord], *, timeout_seconds: float) -> bool:
    return wait_until(
        lambda: not any(record.is_alive() for record in family), timeout_seconds=timeout_seconds
    )
