"""Tables that leave as files, row by row: CSV and Excel from the same rows."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from tempfile import TemporaryFile
from typing import Literal

from django.http import FileResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone

Cell = str | int | Decimal | date | datetime | None
Format = Literal["csv", "xlsx"]
FORMATS: tuple[Format, ...] = ("csv", "xlsx")

# A text that starts with one of these is a formula to a spreadsheet: it may call out or run.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_BOM = "\ufeff"  # so that a spreadsheet reads Chinese
_EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# What XML can't hold, and so no sheet: a row with one is written without it.
_UNWRITABLE = dict.fromkeys(code for code in range(32) if code not in (9, 10, 13))


class _Echo:
    """A file that hands back what is written to it."""

    def write(self, text: str) -> str:
        return text


def as_format(wanted: str | None) -> Format | None:
    """The format that an address asks for (`?format=`), or None."""
    return next((known for known in FORMATS if known == wanted), None)


def table_file(
    name: str, heading: Sequence[str], rows: Iterable[Sequence[Cell]], *, file_format: Format
) -> HttpResponseBase:
    """A table as a download, `name` without its ending.

    Text is made safe here: no cell becomes a formula. Amounts are Decimals: numbers in a sheet,
    plain digits in CSV. CSV is streamed; a sheet is written to disk row by row, then sent, so
    that neither holds the table in memory.
    """
    if file_format == "xlsx":
        return _sheet(name, heading, rows)
    writer = csv.writer(_Echo())

    def lines() -> Iterator[str]:
        yield _BOM
        yield writer.writerow(heading)
        for row in rows:
            yield writer.writerow([_plain(cell) for cell in row])

    return _download(f"{name}.csv", "text/csv; charset=utf-8", lines())


def text_file(name: str, lines: Iterable[str]) -> StreamingHttpResponse:
    """A plain text download, one line after the other."""
    return _download(name, "text/plain; charset=utf-8", (f"{line}\n" for line in lines))


def exact_time(moment: datetime) -> str:
    return timezone.localtime(moment).strftime("%Y-%m-%d %H:%M:%S")


def _safe(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


def _plain(cell: Cell) -> str:
    match cell:
        case None:
            return ""
        case Decimal():
            return f"{cell:f}"
        case datetime():
            return exact_time(cell)
        case date():
            return cell.isoformat()
        case str():
            return _safe(cell)
        case _:
            return str(cell)


def _sheet(name: str, heading: Sequence[str], rows: Iterable[Sequence[Cell]]) -> FileResponse:
    from openpyxl import Workbook  # loads slowly, and few requests need it

    book = Workbook(write_only=True)
    sheet = book.create_sheet(name[:31])
    sheet.append(list(heading))
    for row in rows:
        sheet.append([_typed(cell) for cell in row])
    file = TemporaryFile()  # noqa: SIM115 - the response closes it once it is sent
    book.save(file)
    file.seek(0)
    response = FileResponse(file, as_attachment=True, filename=f"{name}.xlsx", content_type=_EXCEL)
    response["Cache-Control"] = "no-store, private"
    return response


def _typed(cell: Cell) -> str | int | Decimal | date | None:
    """A sheet's own types; its moments know no time zone, so they are the platform's."""
    match cell:
        case datetime():
            return timezone.localtime(cell).replace(tzinfo=None, microsecond=0)
        case str():
            return _safe(cell.translate(_UNWRITABLE))
        case _:
            return cell


def _download(name: str, media_type: str, content: Iterator[str]) -> StreamingHttpResponse:
    response = StreamingHttpResponse(content, content_type=media_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store, private"
    return response
