"""The other side of the ratios: the same work by bare SQL, as a textbook writes it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from bench.server import Ran, Server

HERE = Path(__file__).parent

_FILL = """
INSERT INTO wallet (id, balance) SELECT n, 1e12 FROM generate_series(1, {wallets}) AS n;
INSERT INTO card (sku_id, sealed)
SELECT 1, decode(md5(n::text) || md5('s' || n) || md5('t' || n), 'hex')
FROM generate_series(1, {cards}) AS n;
"""
# The bulk order: the same rows as a purchase, and all of its cards by one statement.
_BULK = """
WITH ordered AS (
    INSERT INTO orders (wallet_id, client_ref, sku_id, unit_price, total, status)
    VALUES (1, 'bulk' || clock_timestamp(), 1, 95, 950000, 'completed') RETURNING id
)
UPDATE card SET order_id = ordered.id FROM ordered
WHERE card.id IN (SELECT id FROM card WHERE sku_id = 1 AND order_id IS NULL
                  ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED)
"""


@dataclass(frozen=True, slots=True)
class Textbook:
    """A database with the textbook's tables, `wallets` buyers and enough cards."""

    server: Server
    database: str
    wallets: int

    @classmethod
    def build(
        cls, server: Server, *, wallets: int, cards: int, with_keys: bool = False
    ) -> Textbook:
        """`with_keys`: with the foreign keys that the one that we are measured against lacks."""
        database = "textbook_with_keys" if with_keys else "textbook"
        server.execute("postgres", f"CREATE DATABASE {database}")
        server.execute(
            database,
            (HERE / "textbook_schema.sql").read_text(),
            _FILL.format(wallets=wallets, cards=cards),
            *([(HERE / "textbook_keys.sql").read_text()] if with_keys else []),
            "VACUUM ANALYZE",
        )
        return cls(server, database, wallets)

    def purchases(self, *, clients: int, seconds: float) -> Ran:
        return self.server.pgbench(
            self.database,
            HERE / "textbook.sql",
            clients=clients,
            seconds=seconds,
            wallets=self.wallets,
        )

    def bulk_seconds(self, quantity: int) -> float:
        """The time of one order of `quantity` cards."""
        connection = self.server.connect(self.database)
        try:
            with connection.cursor() as cursor:
                started = time.perf_counter()
                cursor.execute(_BULK, [quantity])
                seconds = time.perf_counter() - started
                if cursor.rowcount != quantity:
                    raise RuntimeError(f"the textbook has only {cursor.rowcount} cards left")
        finally:
            connection.close()
        return seconds
