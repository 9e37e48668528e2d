"""The whole product as `make run` starts it, for measurements that need its processes."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from config.embedded.addresses import free_port, read_services

START_SECONDS = 300
STOP_SECONDS = 60
ROOT = Path(__file__).resolve().parent.parent
OTHERS = ("DATABASE_URL", "REDIS_URL", "DATA_DIR", "PORT", "DEVELOPMENT")


@contextmanager
def own_product() -> Iterator[str]:
    """Start everything with a new demo world, and put its variables into our environment.

    Gives the address of the supplier sandbox. Stops it all and removes its files at the end.
    """
    home = Path(tempfile.mkdtemp(prefix="kalegou-bench-"))
    home.chmod(0o711)  # PostgreSQL's own user must get through to its part
    data, log = home / "data", home / "log"
    clean = {name: value for name, value in os.environ.items() if name not in OTHERS}
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "config.supervisor"],
            cwd=ROOT,
            env=clean | {"DATA_DIR": str(data), "PORT": str(free_port())},
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        until = time.monotonic() + START_SECONDS
        while "Ctrl-C" not in log.read_text():
            if process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"the product doesn't start:\n{log.read_text()}")
            time.sleep(0.1)
        services = read_services(data)
        os.environ.update(services | {"DATA_DIR": str(data)})
        yield f"http://127.0.0.1:{services['SUPPLIER_SANDBOX_PORT']}/_sandbox"
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(STOP_SECONDS)
        link = data / "postgres"
        if link.is_symlink():
            shutil.rmtree(link.resolve(), ignore_errors=True)
        shutil.rmtree(home, ignore_errors=True)
