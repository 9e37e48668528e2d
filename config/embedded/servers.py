"""Both embedded servers of one DATA_DIR, as a pair."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from config.embedded.addresses import Address, read_services, write_services
from config.embedded.errors import ServerError
from config.embedded.postgres import Postgres
from config.embedded.valkey import Valkey

DATABASE_URL = "DATABASE_URL"
REDIS_URL = "REDIS_URL"


@dataclass(frozen=True, slots=True)
class Servers:
    """PostgreSQL and Valkey below `data_dir`.

    `durable`: a crash loses nothing that was committed; only tests do without.
    """

    data_dir: Path
    durable: bool = True

    @property
    def postgres(self) -> Postgres:
        return Postgres(self.data_dir / "postgres", durable=self.durable)

    @property
    def valkey(self) -> Valkey:
        return Valkey(self.data_dir / "valkey", durable=self.durable)

    def start(
        self, *, stop_with_parent: bool, postgres: bool = True, valkey: bool = True
    ) -> dict[str, str]:
        """Start what is asked for and isn't running; return the addresses, also in services.env.

        Those that already run are kept. `stop_with_parent`: the kernel stops them with us.
        """
        remembered = read_services(self.data_dir)
        # A hand-run `manage.py` beside these servers is development: no secrets are needed.
        services = {"DEVELOPMENT": "true"}
        try:
            if postgres:
                address = self._address(DATABASE_URL, remembered)
                if not self.postgres.running():
                    address = address.with_free_port()
                    self.postgres.start(address, stop_with_parent=stop_with_parent)
                services[DATABASE_URL] = address.database_url()
            if valkey:
                address = self._address(REDIS_URL, remembered)
                if not self.valkey.running():
                    address = address.with_free_port()
                    self.valkey.start(address, stop_with_parent=stop_with_parent)
                services[REDIS_URL] = address.redis_url()
        except ServerError:
            self.stop()
            raise
        write_services(self.data_dir, remembered | services)
        return services

    def stop(self) -> None:
        """Stop both, Valkey first: PostgreSQL holds the truth."""
        self.valkey.stop()
        self.postgres.stop()

    def _address(self, name: str, remembered: dict[str, str]) -> Address:
        return Address.from_url(remembered[name]) if name in remembered else Address.new()
