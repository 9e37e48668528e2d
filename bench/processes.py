"""Python processes that work for the benchmark: each its own Django and its own connection.

They live through the whole run and wait on a pipe, so a round measures work and never a start.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Any

_spawn = multiprocessing.get_context("spawn")
_STOP_SECONDS = 10


class Worker:
    """One process that runs functions of `bench` modules against one database."""

    def __init__(self, database_url: str) -> None:
        self._pipe, theirs = _spawn.Pipe()
        self._process = _spawn.Process(target=_serve, args=(theirs, database_url), daemon=True)
        self._process.start()
        theirs.close()

    def begin(self, work: Callable[..., Any], **arguments: object) -> None:
        """Start a piece of work; `result` waits for what it returns."""
        self._pipe.send((work.__module__, work.__name__, arguments))

    def result(self) -> Any:
        is_done, value = self._pipe.recv()
        if not is_done:
            raise RuntimeError(f"a process of the benchmark failed:\n{value}")
        return value

    def run(self, work: Callable[..., Any], **arguments: object) -> Any:
        self.begin(work, **arguments)
        return self.result()

    def __enter__(self) -> Worker:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._pipe.close()  # the process sees the end of its input
        self._process.join(_STOP_SECONDS)
        if self._process.is_alive():
            self._process.kill()


def _serve(pipe: Connection, database_url: str) -> None:
    os.environ["DATABASE_URL"] = database_url
    # Only now: settings read the environment, and models need settings.
    import traceback
    from importlib import import_module

    import django

    django.setup()
    while True:
        try:
            module, name, arguments = pipe.recv()
        except EOFError:
            return
        try:
            pipe.send((True, getattr(import_module(module), name)(**arguments)))
        except Exception:
            pipe.send((False, traceback.format_exc()))
