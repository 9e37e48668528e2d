"""Pytest plugin (`-p tests.embedded`): every session has servers of its own.

They start before Django reads its settings, in a temporary directory named after the pytest
process, and are shared by the xdist workers: each worker has its own Redis database, and
pytest-django makes it a test database of its own. They stop with the session; when pytest is
killed, the kernel stops them (Linux), and in any case the next session sweeps up.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from collections.abc import Generator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from config.embedded.servers import Servers
from config.processes import ProcessRecord

HOME = Path(tempfile.gettempdir()) / f"kalegou-tests-{os.getuid()}"
OWNER_FILE = "owner.json"
# What a developer's shell or an outer `make run` may hold must not reach the tests.
FOREIGN_VARIABLES = (
    "ALLOWED_HOSTS",
    "BASE_URL",
    "CARD_KEYS",
    "CARD_FINGERPRINT_KEY",
    "CSRF_TRUSTED_ORIGINS",
    "DEBUG",
    "LOG_LEVEL",
    "MEDIA_ROOT",
    "PAYMENT_SANDBOX_PORT",
    "PAYMENT_SANDBOX_URL",
    "PORT",
    "SECRET_KEY",
    "SUPPLIER_SANDBOX_PORT",
    "SUPPLIER_SANDBOX_URL",
)
# A thread of the live server whose caller keeps its connection would keep one to the database too,
# beyond the end of the tests; then the test database can't be dropped.
OWN_SETTINGS = {"DATABASE_CONN_MAX_AGE": "0"}


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests() -> Generator[None]:
    """A wrapper, because wrappers run before pytest-django's own hook, which loads settings."""
    if worker := os.environ.get("PYTEST_XDIST_WORKER"):
        _take_own_redis_database(worker)
    else:
        _start_servers()
    yield


def _start_servers() -> None:
    for name in FOREIGN_VARIABLES:
        os.environ.pop(name, None)
    HOME.mkdir(mode=0o711, exist_ok=True)
    _sweep()
    data_dir = HOME / str(os.getpid())
    data_dir.mkdir(mode=0o711)
    if owner := ProcessRecord.of(os.getpid()):
        owner.write(data_dir / OWNER_FILE)
    servers = Servers(data_dir, durable=False)
    atexit.register(_remove, servers, owner_pid=os.getpid())
    services = servers.start(stop_with_parent=True)
    os.environ.update(services | {"DATA_DIR": str(data_dir)} | OWN_SETTINGS)


def _take_own_redis_database(worker: str) -> None:
    """gw0 gets database 1 and so on; database 0 is for a run without workers."""
    index = 1 + int(worker.removeprefix("gw"))
    url = urlsplit(os.environ["REDIS_URL"])
    os.environ["REDIS_URL"] = url._replace(path=f"/{index}").geturl()


def _sweep() -> None:
    """Stop and remove what killed sessions left."""
    for data_dir in HOME.iterdir():
        if ProcessRecord.read_living(data_dir / OWNER_FILE) is None:
            _remove(Servers(data_dir, durable=False), owner_pid=os.getpid())


def _remove(servers: Servers, *, owner_pid: int) -> None:
    if os.getpid() != owner_pid:  # a forked child also runs what atexit holds
        return
    servers.stop()
    link = servers.data_dir / "postgres"
    if link.is_symlink():
        shutil.rmtree(link.resolve(), ignore_errors=True)
    shutil.rmtree(servers.data_dir, ignore_errors=True)
