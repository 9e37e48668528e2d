"""Pytest plugin: the sandboxes as real servers, one process each per session.

`supplier_sandbox` and `payment_sandbox` hand out the session's server and put its settings back
after the test; `supplier_sandbox_server` and `payment_sandbox_server` are the same for fixtures of
session scope. A test that kills a server starts its own with `SandboxProcess`.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from outbound.limits import Line, forget

ROOT = Path(__file__).resolve().parent.parent


def wait_until(condition: Callable[[], Any], *, seconds: float = 60.0) -> Any:
    """Wait for a true value and return it; fail when it doesn't come."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > deadline:
            pytest.fail(f"didn't happen within {seconds} s")
        time.sleep(0.02)
    return value


class SandboxProcess:
    """A sandbox in a process of its own; it ends with the tests, however they end."""

    def __init__(self, module: str, data: Path) -> None:
        self.module = module
        self.data = data
        self.base_url = ""
        self.process: subprocess.Popen[str] | None = None
        self.client = httpx.Client(timeout=30, trust_env=False)

    def start(self) -> SandboxProcess:
        """Start, or start again on the same port with the same data."""
        port = self.base_url.rpartition(":")[2] or "0"
        self.process = subprocess.Popen(
            [sys.executable, "-m", self.module, "--port", port, "--data", str(self.data),
             "--with-parent"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )  # fmt: skip
        assert self.process.stdout is not None
        self.base_url = self.process.stdout.readline().strip()
        assert self.base_url, f"{self.module} didn't start"
        wait_until(self._is_up)
        return self

    def _is_up(self) -> bool:
        try:
            return self.client.get(f"{self.base_url}/healthz").status_code == 200
        except httpx.TransportError:
            return False

    def kill(self) -> None:
        """`kill -9`: nothing gets a chance to be tidied up."""
        assert self.process is not None
        self.process.kill()
        self._close()

    def stop(self) -> None:
        assert self.process is not None
        self.process.terminate()
        self._close()

    def _close(self) -> None:
        assert self.process is not None
        self.process.wait(10)
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()

    def get(self, path: str) -> Any:
        """What `/_sandbox/<path>` says."""
        response = self.client.get(f"{self.base_url}/_sandbox/{path}")
        response.raise_for_status()
        return response.json()

    def settings(self, **changes: object) -> Any:
        response = self.client.post(f"{self.base_url}/_sandbox/settings", json=changes)
        response.raise_for_status()
        return response.json()

    def order(self, number: str) -> Any:
        """Supplier sandbox: what it knows of one of our numbers."""
        return self.get(f"orders/{number}")

    def trade(self, payment_no: str) -> Any:
        """Payment sandbox: what it knows of one of our payments."""
        return self.get(f"trades/{payment_no}")


@pytest.fixture(scope="session")
def supplier_sandbox_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    server = SandboxProcess("suppliers.sandbox", tmp_path_factory.mktemp("suppliers")).start()
    yield server
    server.stop()


@pytest.fixture
def supplier_sandbox(supplier_sandbox_server: SandboxProcess) -> Iterator[SandboxProcess]:
    opening = supplier_sandbox_server.get("settings")["balances"]
    yield supplier_sandbox_server
    supplier_sandbox_server.settings(reset=True, balances=opening)
    for code in opening:  # a circuit that one test opened must not hold the next one up
        forget(Line(f"supplier:{code}"))


@pytest.fixture(scope="session")
def payment_sandbox_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    server = SandboxProcess("payments.sandbox", tmp_path_factory.mktemp("payments")).start()
    yield server
    server.stop()


@pytest.fixture
def payment_sandbox(payment_sandbox_server: SandboxProcess) -> Iterator[SandboxProcess]:
    yield payment_sandbox_server
    payment_sandbox_server.settings(reset=True)
