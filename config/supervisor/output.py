"""What the person at the terminal sees: one line at a time, with who said it."""

from __future__ import annotations

import threading
from contextlib import suppress

NAME_WIDTH = 16


class Terminal:
    """Prints whole lines from many threads; the processes are held back until all is up.

    A start that fails then ends with one line and not with a page of tracebacks.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: list[str] | None = []

    def say(self, name: str, line: str) -> None:
        """A line of the process `name`."""
        text = f"{name:<{NAME_WIDTH}} | {line}"
        with self._lock:
            if self._held is None:
                _print(text)
            else:
                self._held.append(text)

    def announce(self, text: str) -> None:
        """What the supervisor itself has to say, at once."""
        with self._lock:
            _print(text)

    def let_processes_speak(self) -> None:
        """Print what was held back, and everything from now on as it comes."""
        with self._lock:
            held, self._held = self._held or [], None
            for text in held:
                _print(text)


def _print(text: str) -> None:
    with suppress(OSError):  # a terminal that is gone is no reason to stop
        print(text, flush=True)
