"""The embedded servers by themselves."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import psycopg2
import pytest
import redis

from config.broker import ask_once
from config.embedded.addresses import Address, read_services
from config.embedded.servers import DATABASE_URL, REDIS_URL, Servers
from config.processes import ProcessRecord, wait_until
from config.supervisor.plan import BASE_DIR

KEEP_SERVERS = """
import sys, time
from pathlib import Path
from config.embedded.servers import Servers
Servers(Path(sys.argv[1]), durable=False).start(stop_with_parent=True)
print("up", flush=True)
time.sleep(600)
"""


def test_what_was_committed_survives_a_killed_server(directory: Path) -> None:
    servers = Servers(directory)
    try:
        services = servers.start(stop_with_parent=True)
        with psycopg2.connect(services[DATABASE_URL]) as connection:
            connection.cursor().execute("CREATE TABLE kept AS SELECT 42 AS answer")
        with redis.Redis.from_url(services[REDIS_URL]) as broker:
            broker.set("kept", "42")
            broker.execute_command("WAITAOF", 1, 0, 5000)
        for server in (servers.postgres, servers.valkey):
            record = server.running()
            assert record is not None
            os.kill(record.pid, signal.SIGKILL)
            os.waitpid(record.pid, 0)

        assert servers.start(stop_with_parent=True) == services

        with psycopg2.connect(services[DATABASE_URL]) as connection:
            cursor = connection.cursor()
            cursor.execute("SELECT answer, current_setting('fsync') FROM kept")
            assert cursor.fetchone() == (42, "on")
        with redis.Redis.from_url(services[REDIS_URL]) as broker:
            assert broker.get("kept") == b"42"
    finally:
        servers.stop()
    assert servers.postgres.running() is None
    assert servers.valkey.running() is None


def test_a_port_that_somebody_took_is_left_to_them(directory: Path) -> None:
    servers = Servers(directory, durable=False, with_postgres=False)
    try:
        first = servers.start(stop_with_parent=True)[REDIS_URL]
        servers.stop()
        with socket.socket() as thief:
            thief.bind(("127.0.0.1", Address.from_url(first).port))
            thief.listen()
            second = servers.start(stop_with_parent=True)[REDIS_URL]
        assert Address.from_url(second).port != Address.from_url(first).port
        assert read_services(directory)[REDIS_URL] == second
        with redis.Redis.from_url(second) as broker:
            assert broker.ping()
    finally:
        servers.stop()


def test_servers_end_with_a_killed_owner(directory: Path) -> None:
    owner = subprocess.Popen(
        [sys.executable, "-c", KEEP_SERVERS, str(directory)],
        cwd=BASE_DIR,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert owner.stdout is not None
    assert owner.stdout.readline() == "up\n"
    servers = Servers(directory, durable=False)
    records: list[ProcessRecord | None] = [servers.postgres.running(), servers.valkey.running()]
    assert all(records)
    owner.kill()
    owner.wait()
    owner.stdout.close()
    assert wait_until(
        lambda: not any(record and record.is_alive() for record in records), timeout_seconds=60
    )


def test_strangers_need_the_password(directory: Path) -> None:
    servers = Servers(directory, durable=False, with_postgres=False)
    try:
        url = servers.start(stop_with_parent=True)[REDIS_URL]
        port = Address.from_url(url).port
        with (
            ask_once(f"redis://127.0.0.1:{port}/0", timeout_seconds=30) as stranger,
            pytest.raises(redis.AuthenticationError),
        ):
            stranger.ping()
        assert (directory / "services.env").stat().st_mode & 0o077 == 0
    finally:
        servers.stop()
