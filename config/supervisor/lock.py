"""One supervisor per DATA_DIR. The kernel drops the lock with its holder, however that ends."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from config.embedded.errors import ServerError


@contextmanager
def only_one(path: Path) -> Iterator[None]:
    """Hold the lock, or raise ServerError naming the process that does."""
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            file.seek(0)
            holder = file.read().strip() or "unknown"
            raise ServerError(
                f"Already running in {path.parent} (process {holder}): "
                "stop that one, or name another DATA_DIR"
            ) from error
        file.seek(0)
        file.truncate()
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield
