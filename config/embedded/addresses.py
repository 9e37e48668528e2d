"""`DATA_DIR/services.env`: where the servers are, read by settings and by the next start."""

from __future__ import annotations

import os
import secrets
import socket
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

HOST = "127.0.0.1"
FILE_NAME = "services.env"
DATABASE = "app"
USER = "app"


@dataclass(frozen=True, slots=True)
class Address:
    """Port and password of one server; remembered, so that a restart changes nothing."""

    port: int
    password: str

    @classmethod
    def new(cls) -> Address:
        return cls(port=free_port(), password=secrets.token_hex(16))

    @classmethod
    def from_url(cls, url: str) -> Address:
        parts = urlsplit(url)
        return cls(port=parts.port or 0, password=parts.password or "")

    def with_free_port(self) -> Address:
        """The same port if nobody listens on it, else another one."""
        return self if port_is_free(self.port) else Address(free_port(), self.password)

    def database_url(self, database: str = DATABASE) -> str:
        return f"postgres://{USER}:{self.password}@{HOST}:{self.port}/{database}"

    def redis_url(self, index: int = 0) -> str:
        return f"redis://:{self.password}@{HOST}:{self.port}/{index}"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def port_is_free(port: int, host: str = HOST) -> bool:
    if not 0 < port < 65536:
        return False
    with socket.socket() as probe:
        # As servers do: a port whose last connection is in TIME_WAIT is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def read_services(data_dir: Path) -> dict[str, str]:
    """The variables in services.env, or none."""
    try:
        lines = (data_dir / FILE_NAME).read_text().splitlines()
    except OSError:
        return {}
    pairs = (line.partition("=") for line in lines if "=" in line and not line.startswith("#"))
    return {name: value for name, _, value in pairs}


def write_services(data_dir: Path, values: dict[str, str]) -> None:
    """Replace services.env in one step; readable by its owner only, since it holds passwords."""
    replacement = data_dir / f"{FILE_NAME}.new"
    descriptor = os.open(replacement, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(
            "# Written by config.embedded; settings read it when the environment is silent.\n"
        )
        file.writelines(f"{name}={value}\n" for name, value in values.items())
    replacement.replace(data_dir / FILE_NAME)
