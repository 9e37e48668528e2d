"""What befalls a running product: processes that are killed, or fall silent."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

from tests.product import Product
from tests.sandboxes import wait_until

RESTART_SECONDS = 120


def kill(product: Product, name: str) -> None:
    """`kill -9` and wait until the supervisor has started another one."""
    victim = product.running.child(name)
    os.kill(victim.pid, signal.SIGKILL)
    wait_until(lambda: product.running.child(name) != victim, seconds=RESTART_SECONDS)


@contextmanager
def silent(product: Product, name: str) -> Iterator[None]:
    """The process stands still: who calls it is connected and gets no answer.

    What was sent to it meanwhile is still there when it goes on, even from callers long gone.
    """
    pid = product.running.child(name).pid
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)
