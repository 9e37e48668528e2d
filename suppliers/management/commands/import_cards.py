"""`manage.py import_cards SKU FILE --supplier S --unit-cost C [--skip-bad]`."""

from __future__ import annotations

import contextlib
import sys
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, BinaryIO

from django.core.management.base import BaseCommand, CommandError, no_translations

from catalog.errors import ImportRefused, LineNote
from catalog.imports import ImportReport
from catalog.models import SKU
from suppliers.management.progress import ProgressBar
from suppliers.services import buy_stock
from users.errors import PersonError

PRINTED_NOTES = 20


class Command(BaseCommand):
    help = (
        "Take a file of card codes into stock. One card a line: number,secret[,expires] with"
        " commas, tabs, semicolons, ---- or spaces; or secrets alone. UTF-8 or GBK. FILE - reads"
        " the standard input. Duplicates are skipped; one bad line refuses the file, unless"
        " --skip-bad."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("sku", metavar="SKU", help="the SKU's code")
        parser.add_argument("file", metavar="FILE", help="the file, or - for standard input")
        parser.add_argument("--supplier", required=True, help="code of who sold us the cards")
        parser.add_argument("--unit-cost", required=True, help="what one card costs us, in yuan")
        parser.add_argument(
            "--skip-bad", action="store_true", help="import the good lines of a file with bad ones"
        )

    @no_translations  # what a command prints is English, the notes of lines too
    def handle(self, *args: Any, **options: Any) -> None:
        sku = SKU.objects.filter(code=options["sku"]).first()
        if sku is None:
            raise CommandError(f"There is no SKU {options['sku']}. Nothing was imported.")
        try:
            with _opened(options["file"]) as (source, size), ProgressBar(size) as progress:
                report = buy_stock(
                    sku=sku,
                    source=source,
                    supplier_code=options["supplier"],
                    unit_cost=_amount(options["unit_cost"]),
                    skip_bad=options["skip_bad"],
                    source_name="" if options["file"] == "-" else Path(options["file"]).name,
                    on_progress=progress.show,
                )
        except ImportRefused as refused:
            self._print_notes("bad lines", refused.bad_count, refused.notes)
            raise CommandError(str(refused)) from None
        except PersonError as refused:
            raise CommandError(str(refused)) from None
        except KeyboardInterrupt:
            raise CommandError("Stopped. Nothing was imported.") from None
        self._print(sku, report)

    def _print(self, sku: SKU, report: ImportReport) -> None:
        self._print_notes("bad lines, left out", report.bad_count, report.bad)
        self._print_notes("duplicates, skipped", report.duplicate_count, report.duplicates)
        if report.lot is None:
            self.stdout.write(f"Nothing new for {sku.code}: every card is in stock already.")
            return
        self.stdout.write(
            f"Imported {report.imported_count} cards of {sku.code} as lot {report.lot.pk};"
            f" cost {report.cost.normalize():f} yuan."
        )

    def _print_notes(self, what: str, count: int, notes: Sequence[LineNote]) -> None:
        if not count:
            return
        self.stderr.write(f"{count} {what}:")
        for note in notes[:PRINTED_NOTES]:
            self.stderr.write(f"  line {note.line}: {note.text}")
        if count > PRINTED_NOTES:
            self.stderr.write(f"  and {count - min(count, PRINTED_NOTES)} more")


@contextlib.contextmanager
def _opened(name: str) -> Iterator[tuple[BinaryIO, int | None]]:
    """The file and its size in bytes, if it has one."""
    if name == "-":
        yield sys.stdin.buffer, None
        return
    path = Path(name)
    try:
        file = path.open("rb")
    except OSError as problem:
        raise CommandError(f"Can't read {name}: {problem.strerror}.") from None
    with file:
        yield file, path.stat().st_size if path.is_file() else None


def _amount(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        raise CommandError(f"--unit-cost {text} is not an amount in yuan, like 96.50.") from None
