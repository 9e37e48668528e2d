"""Importing card codes, against a bare COPY of rows prepared beforehand into the same table."""

from __future__ import annotations

import random
import resource
import sys
import time
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from django.db import connection, transaction

from bench.world import IMPORT_SKU_CODE, STOCK_CODE, UNIT_COST
from catalog.models import SKU, StockLane, StockLot
from suppliers.services import buy_stock

_COLUMNS = "catalog_card (lane_id, position, fingerprint, sealed)"
# Rows as an import makes them, with other fingerprints (of the same length) in other lanes.
_PREPARED = """
COPY (SELECT lane.new, card.position, decode(md5(card.fingerprint || %s::bytea), 'hex'), card.sealed
      FROM catalog_card card
      JOIN unnest(%s::bigint[], %s::bigint[]) AS lane (old, new) ON lane.old = card.lane_id
      ORDER BY card.id) TO STDOUT WITH (FORMAT binary)
"""


@dataclass(frozen=True, slots=True)
class Imported:
    """One import: its lot, its time, and the most memory that its process ever held."""

    lot_id: int
    seconds: float
    peak_megabytes: float


def write_cards(path: Path, *, count: int) -> None:
    """A file of `count` cards, `number,secret`, that nobody has imported before."""
    batch = f"{random.SystemRandom().randrange(16**6):06X}"
    with path.open("w") as file:
        for n in range(count):
            file.write(f"{batch}{n:010d},{n * 7919 % 10**8:08d}-{batch}-{n:08d}\n")


def import_file(*, path: str, sku_code: str) -> Imported:
    """Run the import as `manage.py import_cards` does."""
    sku = SKU.objects.get(code=sku_code)
    with Path(path).open("rb") as source:
        started = time.perf_counter()
        report = buy_stock(sku=sku, source=source, supplier_code=STOCK_CODE, unit_cost=UNIT_COST)
        seconds = time.perf_counter() - started
    if report.lot is None or report.imported_count != report.line_count:
        raise RuntimeError(f"{report.imported_count} of {report.line_count} were imported")
    return Imported(report.lot.pk, seconds, _peak_megabytes())


def _peak_megabytes() -> float:
    """The kernel's high-water mark of this process; `getrusage` may tell that of the parent."""
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return most / (2**20 if sys.platform == "darwin" else 2**10)
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


@transaction.atomic
def prepare_copy(*, lot_id: int, path: str) -> None:
    """Write a lot's cards once more, as COPY reads them, for new lanes that are worth nothing.

    The lanes are of a SKU that nobody buys: the copied fingerprints fit no code.
    """
    old = StockLot.objects.get(pk=lot_id)
    new = StockLot.objects.create(
        sku=SKU.objects.get(code=IMPORT_SKU_CODE),
        supplier_code=STOCK_CODE,
        unit_cost=Decimal(0),
        card_count=old.card_count,
    )
    lanes = list(old.lanes.order_by("pk"))
    copies = [
        StockLane.objects.create(lot=new, sku_id=new.sku_id, unit_cost=Decimal(0), size=lane.size)
        for lane in lanes
    ]
    with connection.cursor() as cursor, Path(path).open("wb") as file:
        query = cursor.mogrify(
            _PREPARED,
            [str(new.pk).encode(), [lane.pk for lane in lanes], [lane.pk for lane in copies]],
        )
        cursor.copy_expert(query, file)


def copy_seconds(*, path: str) -> float:
    """The time of one bare COPY with its commit."""
    with Path(path).open("rb") as file:
        started = time.perf_counter()
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.copy_expert(f"COPY {_COLUMNS} FROM STDIN WITH (FORMAT binary)", file, 2**20)
        return time.perf_counter() - started
