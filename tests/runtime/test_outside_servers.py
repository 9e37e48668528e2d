from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import urlsplit

import psycopg2

from tests.runtime.stage import started
from tests.template import fill_migrated


def test_servers_that_were_named_are_used_and_none_is_started(directory: Path) -> None:
    session = os.environ["DATABASE_URL"]
    name = f"outside_{os.getpid()}"
    connection = psycopg2.connect(session)
    connection.autocommit = True
    connection.cursor().execute(f"CREATE DATABASE {name}")
    outside = urlsplit(session)._replace(path=f"/{name}").geturl()
    try:
        fill_migrated(outside)
        broker = urlsplit(os.environ["REDIS_URL"])._replace(path="/60").geturl()
        with started(directory / "data", DATABASE_URL=outside, REDIS_URL=broker) as running:
            assert running.health() == 200
            assert not (running.data_dir / "postgres").exists()
            assert not (running.data_dir / "valkey").exists()
            with psycopg2.connect(outside) as told, told.cursor() as cursor:
                cursor.execute("SELECT count(*) > 0 FROM users_user WHERE username = 'zongdai'")
                assert cursor.fetchone() == (True,)
            assert running.stop() == 0
    finally:
        connection.cursor().execute(f"DROP DATABASE {name} WITH (FORCE)")
        connection.close()
