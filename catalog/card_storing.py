"""Storing sealed cards by COPY: duplicates left out, lanes dealt, rows in the binary format."""

from __future__ import annotations

import io
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from django.db import connection, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from psycopg2.errors import UniqueViolation

from catalog.dealing import LANES, lane_and_position, lane_sizes
from catalog.errors import LineNote
from catalog.models import StockLane, StockLot
from catalog.sealing import FINGERPRINT_BYTES

SealedLine = tuple[int, date | None, bytes, bytes]  # line, expires on, fingerprint, sealed

TWICE_IN_FILE = _("this card is in the file already")
IN_STOCK = _("this card is in stock already, or was sold before")

# A parameterised sub-select for each fingerprint: always index probes, never a scan of all cards.
_KNOWN = """
SELECT probe.fingerprint, card.lane_id
FROM unnest(%s::bytea[]) AS probe (fingerprint) CROSS JOIN LATERAL (
    SELECT lane_id FROM catalog_card WHERE catalog_card.fingerprint = probe.fingerprint LIMIT 1
) AS card
"""
_COPY = "COPY catalog_card (lane_id, position, fingerprint, sealed) FROM STDIN WITH (FORMAT binary)"
# PostgreSQL manual, COPY, "Binary Format": signature, flags, extension; each row is its number of
# fields, then length and bytes of each; a row of -1 fields ends it.
_HEADER = b"PGCOPY\n\xff\r\n\0" + struct.pack(">ii", 0, 0)
_ROW = struct.Struct(f">h iq ii i{FINGERPRINT_BYTES}s i".replace(" ", ""))
_TRAILER = struct.pack(">h", -1)


@dataclass(slots=True)
class _Queue:
    """The cards of one expiry date: the keys of its lanes to be, and how many were dealt."""

    lane_ids: list[int]
    card_count: int = 0


@dataclass(slots=True)
class CardStore:
    """Takes batches of sealed cards inside the caller's transaction; `finish` makes the lanes.

    The lanes' keys are drawn first and their rows written last, when their sizes are known: cards
    point to lanes by a deferred foreign key. The caller sees to it that nobody else imports.
    """

    card_count: int = 0
    _queues: dict[date | None, _Queue] = field(default_factory=dict)
    _own_lanes: set[int] = field(default_factory=set)
    _expects_duplicates: bool = False

    def add(self, lines: list[SealedLine]) -> list[LineNote]:
        """Store the new ones among these cards; return a note for each duplicate, in file order.

        Most files hold no card that is in stock already, so the batch is first stored as it is,
        and looked up only when the database refuses it, or refused the one before.
        """
        while True:
            marks = [mark for _line, _date, mark, _sealed in lines]
            known = self._known(marks) if self._expects_duplicates else {}
            notes: list[LineNote] = []
            if self._stored(_without_known(lines, known, notes)):
                self._expects_duplicates = bool(known)
                return notes
            # Refused: look up and try again. Another try is needed when a supplier's delivery
            # (catalog/receiving.py) stored one of these cards in between.
            self._expects_duplicates = True

    def _known(self, marks: list[bytes]) -> dict[bytes, str | Promise]:
        """Those of these fingerprints that are stored, and what to say of each."""
        array = "{" + ",".join([f'"\\\\x{mark.hex()}"' for mark in marks]) + "}"
        with connection.cursor() as cursor:
            cursor.execute(_KNOWN, [array])
            rows: list[tuple[memoryview, int]] = cursor.fetchall()
        return {
            bytes(mark): TWICE_IN_FILE if lane_id in self._own_lanes else IN_STOCK
            for mark, lane_id in rows
        }

    def _stored(self, lines: list[SealedLine]) -> bool:
        """Deal and COPY these cards; False, and nothing is changed, when one is stored already."""
        dealt = {expires_on: queue.card_count for expires_on, queue in self._queues.items()}
        data = self._rows(lines)
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                # In one piece: each costs a wait for the interpreter lock, which sealing holds.
                cursor.copy_expert(_COPY, io.BytesIO(data), len(data))
        except UniqueViolation:
            for expires_on, queue in self._queues.items():
                queue.card_count = dealt.get(expires_on, 0)
            return False
        self.card_count += len(lines)
        return True

    def _rows(self, lines: list[SealedLine]) -> bytes:
        """Deal cards onto lanes and pack their rows."""
        pack = _ROW.pack
        rows = [_HEADER]
        for _line, expires_on, mark, sealed in lines:
            queue = self._queues.get(expires_on) or self._open_queue(expires_on)
            lane, position = lane_and_position(queue.card_count)
            queue.card_count += 1
            head = pack(
                4, 8, queue.lane_ids[lane], 4, position, FINGERPRINT_BYTES, mark, len(sealed)
            )
            rows.append(head + sealed)
        rows.append(_TRAILER)
        return b"".join(rows)

    def _open_queue(self, expires_on: date | None) -> _Queue:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT nextval(pg_get_serial_sequence('catalog_stocklane', 'id'))"
                " FROM generate_series(1, %s)",
                [LANES],
            )
            queue = _Queue([row[0] for row in cursor.fetchall()])
        self._queues[expires_on] = queue
        self._own_lanes.update(queue.lane_ids)
        return queue

    def finish(self, lot: StockLot) -> None:
        """Write the lanes of everything that was added."""
        StockLane.objects.bulk_create(
            StockLane(
                id=lane_id,
                lot=lot,
                sku_id=lot.sku_id,
                unit_cost=lot.unit_cost,
                expires_on=expires_on,
                size=size,
            )
            for expires_on, queue in self._queues.items()
            for lane_id, size in zip(queue.lane_ids, lane_sizes(queue.card_count), strict=False)
        )


def _without_known(
    lines: list[SealedLine], known: Mapping[bytes, str | Promise], notes: list[LineNote]
) -> list[SealedLine]:
    """These cards without the known ones and repetitions, for which notes are added."""
    fresh: list[SealedLine] = []
    seen: set[bytes] = set()
    for sealed_line in lines:
        mark = sealed_line[2]
        if mark in known or mark in seen:
            notes.append(LineNote(sealed_line[0], known.get(mark, TWICE_IN_FILE)))
        else:
            seen.add(mark)
            fresh.append(sealed_line)
    return fresh
