"""`make` as our parent, which doesn't always pass on what it is told.

Ctrl-C at a terminal reaches us too, and SIGTERM is forwarded. But a SIGINT sent to `make` alone is
not: it waits inside its signal handler for a child that knows of nothing. And a killed `make`
leaves us behind.
"""

from __future__ import annotations

import os
import signal
from pathlib import Path

from config.processes import follow_parent


class Make:
    """The `make` that started us, if one did."""

    def __init__(self) -> None:
        self._pid = os.getppid() if "MAKELEVEL" in os.environ else None
        if self._pid is not None:
            follow_parent(signal.SIGTERM)

    def wants_to_stop(self) -> bool:
        """It handles a SIGINT, which the kernel blocks meanwhile (only Linux tells)."""
        if self._pid is None:
            return False
        try:
            status = Path(f"/proc/{self._pid}/status").read_text()
        except OSError:
            return False
        blocked = int(status.partition("SigBlk:")[2].split()[0], 16)
        return bool(blocked & 1 << (signal.SIGINT - 1))
