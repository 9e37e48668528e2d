"""Both embedded servers of one DATA_DIR, as a pair."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from config.embedded.addresses import Address, port_is_free, read_services, write_services
from config.embedded.errors import ServerError
from config.embedded.postgres import Postgres
from config.embedded.valkey import Valkey
from config.processes import ProcessRecord

DATABASE_URL = "DATABASE_URL"
REDIS_URL = "REDIS_URL"


ATTEMPTS = 3


class Server(Protocol):
    """What PostgreSQL and Valkey have in common."""

    def running(self) -> ProcessRecord | None: ...

    def start(self, address: Address, *, stop_with_parent: bool) -> None: ...

    def stop(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Servers:
    """PostgreSQL and Valkey below `data_dir`, or the one of them that is wanted.

    `durable`: a crash loses nothing that was committed; only tests do without.
    """

    data_dir: Path
    durable: bool = True
    with_postgres: bool = True
    with_valkey: bool = True

    @property
    def postgres(self) -> Postgres:
        return Postgres(self.data_dir / "postgres", durable=self.durable)

    @property
    def valkey(self) -> Valkey:
        return Valkey(self.data_dir / "valkey", durable=self.durable)

    def all_run(self) -> bool:
        return all(server.running() for server in self._wanted())

    def start(self, *, stop_with_parent: bool) -> dict[str, str]:
        """Start those that don't run; return the variables, which are also in services.env.

        `stop_with_parent`: the kernel stops them when we are gone.
        """
        remembered = read_services(self.data_dir)
        # A hand-run `manage.py` beside these servers is development: no secrets are needed.
        services = {"DEVELOPMENT": "true"}
        try:
            if self.with_postgres:
                address = _start(
                    self.postgres, remembered.get(DATABASE_URL), stop_with_parent=stop_with_parent
                )
                services[DATABASE_URL] = address.database_url()
            if self.with_valkey:
                address = _start(
                    self.valkey, remembered.get(REDIS_URL), stop_with_parent=stop_with_parent
                )
                services[REDIS_URL] = address.redis_url()
        except ServerError:
            self.stop()
            raise
        if services.items() - remembered.items():
            write_services(self.data_dir, remembered | services)
        return services

    def stop(self) -> None:
        """Stop them, PostgreSQL last: it holds the truth."""
        for server in reversed(self._wanted()):
            server.stop()

    def _wanted(self) -> list[Server]:
        servers: list[Server] = []
        if self.with_postgres:
            servers.append(self.postgres)
        if self.with_valkey:
            servers.append(self.valkey)
        return servers


def _start(server: Server, remembered_url: str | None, *, stop_with_parent: bool) -> Address:
    """Make sure that it runs, at its remembered address unless somebody took that port."""
    address = Address.from_url(remembered_url) if remembered_url else Address.new()
    if server.running():
        return address
    for attempt in range(1, ATTEMPTS + 1):
        address = address.with_free_port()
        try:
            server.start(address, stop_with_parent=stop_with_parent)
        except ServerError:
            # A port that was free a moment ago may be somebody's by the time we listen.
            if attempt == ATTEMPTS or port_is_free(address.port):
                raise
        else:
            break
    return address
