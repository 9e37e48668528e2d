"""What this run was asked to do: read from the environment, checked before anything starts."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from config.embedded.addresses import free_port, port_is_free
from config.embedded.errors import ServerError
from config.embedded.servers import DATABASE_URL, REDIS_URL

BASE_DIR = Path(__file__).resolve().parent.parent.parent
DEFAULT_PORT = 8000


@dataclass(frozen=True, slots=True)
class Plan:
    """The checked wishes of one run. A URL that is empty asks for the embedded server."""

    data_dir: Path
    procfile: Path
    port: int
    supplier_sandbox_port: int
    payment_sandbox_port: int
    database_url: str
    redis_url: str

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def addresses(self) -> dict[str, str]:
        """The variables that a hand-run `manage.py` needs to agree with this run."""
        return {
            "PORT": str(self.port),
            "SUPPLIER_SANDBOX_PORT": str(self.supplier_sandbox_port),
            "PAYMENT_SANDBOX_PORT": str(self.payment_sandbox_port),
        }

    def child_environment(self, services: Mapping[str, str]) -> dict[str, str]:
        """The environment of every process: ours, the servers' addresses, quiet defaults."""
        defaults = {
            "DEVELOPMENT": "true",
            "LOG_LEVEL": "WARNING",
            "PYTHONWARNINGS": "ignore",
            "CALLBACK_BASE": self.base_url,
        }
        outside = {DATABASE_URL: self.database_url, REDIS_URL: self.redis_url}
        return {
            **defaults,
            **os.environ,
            **services,
            **{name: url for name, url in outside.items() if url},
            **self.addresses(),
            "DATA_DIR": str(self.data_dir),
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}",
            "PYTHONUNBUFFERED": "1",
        }


def read_plan(env: Mapping[str, str]) -> Plan:
    """Read the wishes; raise ServerError for one that can't be met."""
    port = _port(env, "PORT") or DEFAULT_PORT
    if not port_is_free(port):
        raise ServerError(f"Port {port} is in use: stop what uses it, or name another with PORT=…")
    supplier = _sandbox_port(env, "SUPPLIER_SANDBOX_PORT", port + 1, taken={port})
    payment = _sandbox_port(env, "PAYMENT_SANDBOX_PORT", port + 2, taken={port, supplier})
    return Plan(
        data_dir=data_dir_of(env),
        procfile=Path(env.get("PROCFILE") or BASE_DIR / "Procfile"),
        port=port,
        supplier_sandbox_port=supplier,
        payment_sandbox_port=payment,
        database_url=env.get(DATABASE_URL, ""),
        redis_url=env.get(REDIS_URL, ""),
    )


def data_dir_of(env: Mapping[str, str]) -> Path:
    return Path(env.get("DATA_DIR") or BASE_DIR / ".data").absolute()


def _port(env: Mapping[str, str], name: str) -> int | None:
    value = env.get(name, "").strip()
    if not value:
        return None
    if not value.isdecimal() or not 0 < int(value) < 65536:
        raise ServerError(f"{name} is {value!r}; it must be a number from 1 to 65535")
    return int(value)


def _sandbox_port(env: Mapping[str, str], name: str, default: int, *, taken: set[int]) -> int:
    """The port that was named, or a free one near the shop's: nobody types a sandbox's address."""
    wish = _port(env, name)
    if wish is None:
        return default if default not in taken and port_is_free(default) else free_port()
    if wish in taken or not port_is_free(wish):
        raise ServerError(f"Port {wish} is in use: name another with {name}=…")
    return wish
