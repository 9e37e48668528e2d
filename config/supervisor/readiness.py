"""Is it up? Asked from outside, as a browser would."""

from __future__ import annotations

import http.client
import socket

from config.embedded.addresses import HOST

TIMEOUT_SECONDS = 5


def listens(port: int) -> bool:
    try:
        with socket.create_connection((HOST, port), timeout=TIMEOUT_SECONDS):
            return True
    except OSError:
        return False


def answers_http(port: int, path: str) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=TIMEOUT_SECONDS)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
