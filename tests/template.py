"""Pytest plugin: migrations run once, whatever number of databases the tests need.

They take twenty seconds. The first of a session that needs a database fills a template; test
databases and products are copies of it. What the migrations made is also kept as SQL beside the
system's temporary files, under a name that changes with every migration, for the next session.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg2
import pytest
from psycopg2.sql import SQL, Identifier

from config.embedded import data_directory
from config.embedded.places import bundled_binaries
from config.embedded.servers import Servers
from config.supervisor.plan import BASE_DIR
from tests.runtime.stage import clean_environment

MIGRATED, LOCK = "migrated_template", 20261124
KEPT_HOME = Path(tempfile.gettempdir()) / f"kalegou-migrated-{os.getuid()}"
KEPT_FILES = 8
IDLE_BROKER = "/62"  # of the session's Redis-compatible server


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """Pytest-django's door to the settings of the test database: copy the template."""
    from django.conf import settings

    server = os.environ["DATABASE_URL"]
    with administrating(server) as cursor:
        settings.DATABASES["default"]["TEST"]["TEMPLATE"] = migrated_database(server, cursor)


@contextmanager
def administrating(server: str) -> Iterator[Any]:
    """A connection that makes and drops databases, alone among the tests' processes.

    A template that is being copied can't be copied by somebody else.
    """
    with closing(psycopg2.connect(server)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
            yield cursor


def make_once(server: str, cursor: Any, name: str, fill: Any, *, source: str = "template1") -> None:
    """Make sure that database `name` is there: a copy of `source`, and what `fill(url)` adds."""
    cursor.execute("SELECT count(*) FROM pg_database WHERE datname = %s", [name])
    if cursor.fetchone() != (0,):
        return
    unfinished = f"{name}_unfinished"
    cursor.execute(SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(unfinished)))
    copy_database(cursor, source, unfinished)
    fill(urlsplit(server)._replace(path=f"/{unfinished}").geturl())
    cursor.execute(
        SQL("ALTER DATABASE {} RENAME TO {}").format(Identifier(unfinished), Identifier(name))
    )


def copy_database(cursor: Any, source: str, name: str) -> None:
    cursor.execute(
        SQL("CREATE DATABASE {} TEMPLATE {}").format(Identifier(name), Identifier(source))
    )


def prepare_data(data_dir: Path) -> None:
    """Leave in `data_dir` what a first start leaves there, but for the demo world: all tables.

    For products with a PostgreSQL of their own, of which tests need more than one.
    """
    data_directory.prepare(data_dir)
    servers = Servers(data_dir, with_valkey=False)
    services = servers.start(stop_with_parent=True)
    try:
        fill_migrated(services["DATABASE_URL"])
    finally:
        servers.stop()


def migrated_database(server: str, cursor: Any) -> str:
    """The name of a database with all tables and no rows, to be copied."""
    make_once(server, cursor, MIGRATED, fill_migrated)
    return MIGRATED


def manage(database_url: str, *words: str) -> None:
    """With a broker that nobody works for: without one, each hint waits until it gives up."""
    broker = urlsplit(os.environ["REDIS_URL"])._replace(path=IDLE_BROKER).geturl()
    with tempfile.TemporaryDirectory() as home:
        subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=BASE_DIR,
            env=clean_environment(
                DATA_DIR=home, DATABASE_URL=database_url, REDIS_URL=broker, DEVELOPMENT="true"
            ),
            capture_output=True,
            timeout=240,
            check=True,
        )


def fill_migrated(database_url: str) -> None:
    """All tables, in an empty database: from what a session kept, or by the migrations."""
    kept = KEPT_HOME / f"{_fingerprint_of_migrations()}.sql"
    if kept.exists():
        os.utime(kept)
        _run("psql", "--quiet", "--no-psqlrc", "--set=ON_ERROR_STOP=1", f"--file={kept}",
             database_url)  # fmt: skip
        return
    manage(database_url, "migrate")
    KEPT_HOME.mkdir(mode=0o700, exist_ok=True)
    unfinished = kept.with_suffix(f".{os.getpid()}")
    _run("pg_dump", f"--file={unfinished}", database_url)
    unfinished.rename(kept)
    by_age = sorted(KEPT_HOME.glob("*.sql"), key=lambda path: path.stat().st_mtime)
    for old in by_age[:-KEPT_FILES]:
        old.unlink(missing_ok=True)


def _run(program: str, *arguments: str) -> None:
    subprocess.run(
        [bundled_binaries() / program, *arguments], capture_output=True, timeout=120, check=True
    )


def _fingerprint_of_migrations() -> str:
    """Of all that decides what the migrations make: themselves, and the libraries' versions."""
    digest = hashlib.sha256()
    for path in sorted([*BASE_DIR.glob("*/migrations/*.py"), BASE_DIR / "requirements.txt"]):
        digest.update(str(path.relative_to(BASE_DIR)).encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:32]
