"""A sandbox's own record: one SQLite file, used by one event loop, durable against `kill -9`.

Events that are due later are rows of it. A handler finishes its event in the same transaction that
stores what it did, so a killed server starts again with exactly what was left to do.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sqlite3
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

logger = logging.getLogger(__name__)

SCHEMA = """
CREATE TABLE IF NOT EXISTS due (
    id INTEGER PRIMARY KEY, due_at REAL NOT NULL, kind TEXT NOT NULL, payload TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS journal (
    id INTEGER PRIMARY KEY, subject TEXT NOT NULL, at REAL NOT NULL, event TEXT NOT NULL,
    detail TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS journal_subject ON journal (subject);
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""
RETRY_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Due:
    """One event whose time has come."""

    id: int
    kind: str
    payload: Mapping[str, object]

    def text(self, name: str) -> str:
        return str(self.payload[name])

    def number(self, name: str) -> int:
        return int(str(self.payload[name]))


class Record:
    """The file, its due events, its journal and its settings."""

    def __init__(self, path: Path, schema: str, defaults: Mapping[str, object]) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.db = sqlite3.connect(path, isolation_level="IMMEDIATE")
        self.db.row_factory = sqlite3.Row
        # What a killed process has written stays written; only a power cut could lose the tail.
        self.db.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;")
        self.db.executescript(SCHEMA + schema)
        self._defaults = dict(defaults)
        self._wake = asyncio.Event()
        self._running: dict[int, asyncio.Task[None]] = {}

    # --- settings ---------------------------------------------------------------------------

    def settings(self) -> dict[str, object]:
        stored = self.db.execute("SELECT name, value FROM settings")
        return self._defaults | {row["name"]: json.loads(row["value"]) for row in stored}

    def setting(self, name: str) -> object:
        return self.settings()[name]

    def delay_scale(self) -> float:
        return float(str(self.setting("delay_scale")))

    def change_settings(self, changes: Mapping[str, object]) -> None:
        """Store new values; `{"reset": true}` goes back to the defaults first.

        Raises ValueError for a name that isn't a setting or a value of another type.
        """
        changes = dict(changes)
        is_reset = changes.pop("reset", False)
        for name, value in changes.items():
            if name not in self._defaults:
                raise ValueError(f"unknown setting {name!r}; known: {sorted(self._defaults)}")
            wanted = self._defaults[name]
            is_number = isinstance(wanted, float) and type(value) in (int, float)
            if not is_number and not isinstance(value, type(wanted)):
                raise ValueError(f"{name} must be {type(wanted).__name__}")
        with self.db:
            if is_reset:
                self.db.execute("DELETE FROM settings")
            self.db.executemany(
                "INSERT OR REPLACE INTO settings VALUES (?, ?)",
                [(name, json.dumps(value)) for name, value in changes.items()],
            )

    # --- journal ----------------------------------------------------------------------------

    def note(self, subject: str, event: str, detail: str = "") -> None:
        self.db.execute(
            "INSERT INTO journal (subject, at, event, detail) VALUES (?, ?, ?, ?)",
            (subject, time.time(), event, detail),
        )

    def notes(self, subject: str) -> list[dict[str, object]]:
        rows = self.db.execute(
            "SELECT at, event, detail FROM journal WHERE subject = ? ORDER BY id", (subject,)
        )
        return [dict(row) for row in rows]

    # --- due events -------------------------------------------------------------------------

    def add_due(
        self,
        kind: str,
        delay_seconds: float,
        payload: Mapping[str, object],
        *,
        is_scaled: bool = True,
    ) -> None:
        """Store an event in the caller's transaction; `delay_scale` applies if it may."""
        due_at = time.time() + delay_seconds * (self.delay_scale() if is_scaled else 1)
        self.db.execute(
            "INSERT INTO due (due_at, kind, payload) VALUES (?, ?, ?)",
            (due_at, kind, json.dumps(dict(payload))),
        )
        self._wake.set()

    def finish(self, due: Due) -> None:
        """Forget an event, in the transaction that stores what came of it."""
        self.db.execute("DELETE FROM due WHERE id = ?", (due.id,))

    async def run(self, handle: Callable[[Due], Awaitable[None]]) -> None:
        """Handle events when they are due, side by side, until cancelled."""
        try:
            while True:
                self._wake.clear()
                now, next_at = time.time(), None
                for row in self.db.execute("SELECT * FROM due ORDER BY due_at, id").fetchall():
                    if row["id"] in self._running:
                        continue
                    if row["due_at"] > now:
                        next_at = row["due_at"]
                        break
                    due = Due(row["id"], row["kind"], json.loads(row["payload"]))
                    self._running[due.id] = asyncio.create_task(self._handle(handle, due))
                timeout = None if next_at is None else max(next_at - now, 0)
                try:
                    await asyncio.wait_for(self._wake.wait(), timeout)
                except TimeoutError:
                    continue
        finally:
            for task in self._running.values():
                task.cancel()

    async def _handle(self, handle: Callable[[Due], Awaitable[None]], due: Due) -> None:
        try:
            await handle(due)
        except Exception:
            logger.exception("event %s %s failed, trying again", due.kind, due.id)
            with self.db:
                self.db.execute(
                    "UPDATE due SET due_at = ? WHERE id = ?", (time.time() + RETRY_SECONDS, due.id)
                )
        finally:
            del self._running[due.id]
            self._wake.set()
