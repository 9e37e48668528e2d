"""Tables that leave as files, streamed row by row."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from django.http import StreamingHttpResponse
from django.utils import timezone

# A cell that starts with one of these is a formula to a spreadsheet: it may call out or run.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_BOM = "\ufeff"  # so that a spreadsheet reads Chinese


class _Echo:
    """A file that hands back what is written to it."""

    def write(self, text: str) -> str:
        return text


def safe_cell(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


def csv_file(
    name: str, heading: Sequence[str], rows: Iterable[Sequence[str]]
) -> StreamingHttpResponse:
    """A CSV download. Cells are written as they are: make texts of people `safe_cell`s."""
    writer = csv.writer(_Echo())

    def lines() -> Iterator[str]:
        yield _BOM
        yield writer.writerow(heading)
        for row in rows:
            yield writer.writerow(row)

    return _download(name, "text/csv; charset=utf-8", lines())


def text_file(name: str, lines: Iterable[str]) -> StreamingHttpResponse:
    """A plain text download, one line after the other."""
    return _download(name, "text/plain; charset=utf-8", (f"{line}\n" for line in lines))


def _download(name: str, media_type: str, content: Iterator[str]) -> StreamingHttpResponse:
    response = StreamingHttpResponse(content, content_type=media_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store, private"
    return response


def exact_time(moment: datetime) -> str:
    return timezone.localtime(moment).strftime("%Y-%m-%d %H:%M:%S")
