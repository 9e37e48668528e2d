"""Taking card codes into stock: a streamed file becomes one lot, its lanes, cards and money.

While the database stores one batch, the next is read and sealed in a second thread, so Python and
PostgreSQL each keep a core busy. Memory is a few batches, whatever the size of the file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import BinaryIO, TypeVar

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.card_files import Batch, read_cards
from catalog.card_storing import CardStore, SealedLine
from catalog.errors import ImportRefused, LineNote
from catalog.models import SKU, DeliveryKind, StockLot
from catalog.sealing import seal_cards
from ledger import accounts, services
from ledger.models import EntryKind
from users import audit
from users.models import User

MAX_NOTES = 100
MAX_UNIT_COST = Decimal(1_000_000)
_ONE_IMPORT_AT_A_TIME = 0x63617264  # the key of an advisory lock

T = TypeVar("T")
Progress = Callable[[int, int], None]  # bytes read, lines read


@dataclass(slots=True)
class ImportReport:
    """What became of the file. Of the notes the first hundred are kept; the counts are of all."""

    lot: StockLot | None = None
    line_count: int = 0
    imported_count: int = 0
    duplicate_count: int = 0
    bad_count: int = 0
    duplicates: list[LineNote] = field(default_factory=list)
    bad: list[LineNote] = field(default_factory=list)
    cost: Decimal = Decimal(0)

    def add_bad(self, notes: list[LineNote]) -> None:
        self.bad_count += len(notes)
        self.bad += notes[: MAX_NOTES - len(self.bad)]

    def add_duplicates(self, notes: list[LineNote]) -> None:
        self.duplicate_count += len(notes)
        self.duplicates += notes[: MAX_NOTES - len(self.duplicates)]


@transaction.atomic
def import_cards(
    *,
    sku: SKU,
    source: BinaryIO,
    supplier_code: str,
    unit_cost: Decimal,
    skip_bad: bool = False,
    source_name: str = "",
    actor: User | None = None,
    on_progress: Progress | None = None,
) -> ImportReport:
    """Take the cards of a file into stock at `unit_cost` (CNY) each; say what became of each line.

    Duplicates (in the file or of any card ever in stock) are skipped and reported. One bad line
    refuses the whole file, unless `skip_bad`. Books the cost: inventory −, supplier +, and writes
    an audit record, in the same transaction. Imports run one after another (an advisory lock), so
    repeating one that was cut short is safe: what is in stock already is a duplicate.
    Raises ImportRefused; then nothing was changed.
    """
    _must_be_possible(sku, unit_cost)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_ONE_IMPORT_AT_A_TIME])
    report = ImportReport()
    store = CardStore()
    for sealed, batch in _one_ahead(_sealed_batches(source, stop_at_bad=not skip_bad)):
        report.line_count += batch.line_count
        report.add_bad(batch.bad)
        if report.bad_count == 0 or skip_bad:
            report.add_duplicates(store.add(sealed))
        if on_progress:
            on_progress(batch.bytes_read, report.line_count)
    _must_be_acceptable(report, store.card_count, skip_bad=skip_bad)
    report.imported_count = store.card_count
    if store.card_count:
        report.lot = StockLot.objects.create(
            sku=sku,
            supplier_code=supplier_code,
            unit_cost=unit_cost,
            card_count=store.card_count,
            source=source_name[:200],
        )
        store.finish(report.lot)
        report.cost = unit_cost * store.card_count
        _book(report.lot, report.cost, actor)
    return report


def _must_be_possible(sku: SKU, unit_cost: Decimal) -> None:
    if sku.kind != DeliveryKind.CARD:
        raise ImportRefused(
            _("%(sku)s is charged directly and has no cards. Nothing was imported.")
            % {"sku": sku.code}
        )
    if not unit_cost.is_finite() or not 0 <= unit_cost <= MAX_UNIT_COST:
        raise ImportRefused(_("The unit cost must be an amount in yuan, 0 or more."))
    if unit_cost != unit_cost.quantize(Decimal("0.0001")):
        raise ImportRefused(_("The unit cost can have at most 4 decimals."))


def _must_be_acceptable(report: ImportReport, card_count: int, *, skip_bad: bool) -> None:
    if report.bad_count and not skip_bad:
        message = _("Nothing was imported, because of bad lines.")
    elif report.bad_count and not card_count and not report.duplicate_count:
        message = _("Nothing was imported: no line holds a good card.")
    elif not report.bad_count and not card_count and not report.duplicate_count:
        message = _("Nothing was imported: the file holds no cards.")
    else:
        return
    raise ImportRefused(message, notes=report.bad, bad_count=report.bad_count)


def _sealed_batches(
    source: BinaryIO, *, stop_at_bad: bool
) -> Iterator[tuple[list[SealedLine], Batch]]:
    """Read and seal; after a bad line that refuses the file, go on reading but seal no more."""
    today: date = timezone.localdate()
    is_refused = False
    for batch in read_cards(source, today=today):
        is_refused = is_refused or (stop_at_bad and bool(batch.bad))
        sealed: list[SealedLine] = []
        if not is_refused:
            marks = seal_cards([(card.number, card.secret) for card in batch.cards])
            sealed = [
                (card.line, card.expires_on, mark, value)
                for card, (mark, value) in zip(batch.cards, marks, strict=True)
            ]
        batch.cards.clear()
        yield sealed, batch


def _one_ahead(items: Iterator[T]) -> Iterator[T]:
    """The same items, with the next one in the making in a second thread. `items` may do no SQL."""
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="seal") as pool:
        coming = pool.submit(next, items, None)
        while (item := coming.result()) is not None:
            coming = pool.submit(next, items, None)
            yield item


def _book(lot: StockLot, cost: Decimal, actor: User | None) -> None:
    if cost:
        services.post(
            reference=f"stock-lot:{lot.pk}",
            kind=EntryKind.STOCK_PURCHASE,
            lines=[
                services.Line(accounts.inventory(), -cost),
                services.Line(accounts.supplier(lot.supplier_code), cost),
            ],
            memo=lot.sku.code,
        )
    audit.record(
        actor=actor,
        action="stock.import",
        target=f"sku:{lot.sku.code}",
        lot=lot.pk,
        cards=lot.card_count,
        supplier=lot.supplier_code,
        unit_cost=str(lot.unit_cost),
    )
