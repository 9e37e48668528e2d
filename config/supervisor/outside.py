"""Servers that somebody else runs: do they answer? Asked before anything is started."""

from __future__ import annotations

from urllib.parse import urlsplit

import psycopg2
import redis

from config.broker import ask_once
from config.embedded.errors import ServerError
from config.embedded.servers import DATABASE_URL, REDIS_URL

TIMEOUT_SECONDS = 5


def require_database(url: str) -> None:
    try:
        psycopg2.connect(url, connect_timeout=TIMEOUT_SECONDS).close()
    except psycopg2.Error as error:
        raise ServerError(_message(DATABASE_URL, url, error)) from error


def require_broker(url: str) -> None:
    try:
        with ask_once(url, timeout_seconds=TIMEOUT_SECONDS) as client:
            client.ping()
    except (redis.RedisError, ValueError) as error:
        raise ServerError(_message(REDIS_URL, url, error)) from error


def _message(variable: str, url: str, error: Exception) -> str:
    """One line, with the place and the reason but never the password."""
    try:
        parts = urlsplit(url)
        host, port, password = parts.hostname, parts.port, parts.password
    except ValueError:
        host = None
    if host is None:
        return f"{variable} isn't an address of a server: see docs/operations.md"
    reason = " ".join(str(error).split()) or type(error).__name__
    if password:
        reason = reason.replace(password, "…")
    return f"{variable} names {host}{f':{port}' if port else ''}, which doesn't answer: {reason}"
