"""From an uploaded file to its lines: CSV in UTF-8, GBK or UTF-16, or an Excel sheet.

Pure: no database. A file may begin with lines of its own (`#…`, an account's name) and end with
totals; the header is the first line that has all the columns. Every line that can't be understood
is named by its number, as the person sees it in the file.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TypeVar

import tablib
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from reconciliation import cells
from reconciliation.columns import Columns, Words, find, guess
from reconciliation.matching import Role

MAX_BYTES = 20 * 1024 * 1024
MAX_LINES = 100_000
MAX_UNPACKED_BYTES = 300 * 1024 * 1024  # of an .xlsx, which is a zip
HEADER_WITHIN = 40  # lines
T = TypeVar("T")
_TOTALS = ("合计", "总计", "汇总", "小计", "总笔数", "total", "subtotal")
ENCODINGS = {"utf-8": ("utf-8-sig",), "gbk": ("gb18030",), "": ("utf-8-sig", "gb18030")}


class Unreadable(Exception):
    """The file as a whole can't be read: `message` says what to do."""

    def __init__(self, message: str | Promise, header: Sequence[str] = ()) -> None:
        self.message = message
        self.header = tuple(header)
        super().__init__(str(message))


@dataclass(frozen=True, slots=True)
class LineNote:
    """What is said of one line of a file."""

    line: int
    text: str | Promise


@dataclass(frozen=True, slots=True)
class Line:
    """One line as it is understood: `amount` and `fee` are not negative, `role` says which way."""

    number: int
    role: Role
    our_ref: str
    their_ref: str
    amount: Decimal
    fee: Decimal
    at: dt.datetime
    balance: Decimal | None


@dataclass(slots=True)
class Reading:
    """A file's lines, and what is wrong with the others."""

    columns: Columns
    lines: list[Line] = field(default_factory=list)
    bad: list[LineNote] = field(default_factory=list)
    ignored_count: int = 0


def read(
    content: bytes, *, name: str, encoding: str, columns: Columns, words: Words, negative: Role
) -> Reading:
    """Read a whole file. Without `columns` they are guessed from the header.

    `negative`: what a negative amount means where no column says what a line is.
    Raises Unreadable.
    """
    rows = iter(table_rows(content, name, encoding))
    header, columns = _find_header(rows, columns)
    places = find(header, columns)
    assert places is not None, "the header has the columns"
    reading = Reading(columns)
    for number, row in rows:
        if not any(str(cell).strip() for cell in row if cell is not None):
            continue
        if _is_comment(row):
            reading.ignored_count += 1
            continue
        try:
            line = _line(number, row, places, words, negative)
        except _BadLine as bad:
            reading.bad.append(LineNote(number, bad.message))
            continue
        if line is None:
            reading.ignored_count += 1
        else:
            reading.lines.append(line)
    return reading


# --- the file -----------------------------------------------------------------------------------

Row = tuple[int, Sequence[object]]


def table_rows(content: bytes, name: str, encoding: str = "") -> Iterable[Row]:
    """The lines of a CSV or Excel file with their numbers. Raises Unreadable."""
    if len(content) > MAX_BYTES:
        raise Unreadable(_("This file is larger than 20 MB: split it."))
    if content[:4] == b"PK\x03\x04":
        return sheet_rows(content)
    if content[:4] == b"\xd0\xcf\x11\xe0":
        raise Unreadable(_("This is an old Excel file (.xls): save it as .xlsx or CSV."))
    return _csv_rows(decoded(content, encoding))


def decoded(content: bytes, encoding: str) -> str:
    """A text file as text; raises Unreadable."""
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encodings: tuple[str, ...] = ("utf-16",)
    else:
        encodings = ENCODINGS.get(encoding, ENCODINGS[""])
    for candidate in encodings:
        try:
            text = content.decode(candidate)
        except UnicodeDecodeError as problem:
            line = content[: problem.start].count(b"\n") + 1
            continue
        if "\x00" in text:
            raise Unreadable(_("This is neither a CSV nor an Excel file."))
        return text
    raise Unreadable(
        _("Line %(line)d isn't in the encoding that was chosen: choose the other one.")
        % {"line": line}
    )


def _csv_rows(text: str) -> Iterator[Row]:
    delimiter = max(",\t;|", key=lambda mark: max(_count(text, mark)))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    started = 1
    try:
        for row in reader:
            if started > MAX_LINES:
                raise Unreadable(_("This file has more than 100,000 lines: split it."))
            yield started, row
            started = reader.line_num + 1
    except csv.Error as problem:
        raise Unreadable(
            _("Line %(line)d is no CSV: a quotation mark is missing or a cell is too long.")
            % {"line": started}
        ) from problem


def _count(text: str, mark: str) -> list[int]:
    return [line.count(mark) for line in text[:20_000].splitlines()[:HEADER_WITHIN]] or [0]


def sheet_rows(content: bytes) -> Iterator[Row]:
    """The first sheet of an Excel file, each row with its number; raises Unreadable."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if sum(part.file_size for part in archive.infolist()) > MAX_UNPACKED_BYTES:
                raise Unreadable(_("This Excel file is too large: split it."))
        data = tablib.Dataset().load(content, format="xlsx", headers=False)
    except Unreadable:
        raise
    except Exception as problem:  # openpyxl raises whatever a broken file makes it raise
        raise Unreadable(_("This Excel file is broken: save it anew, or as CSV.")) from problem
    if len(data) > MAX_LINES:
        raise Unreadable(_("This file has more than 100,000 lines: split it."))
    yield from enumerate(data, start=1)


def _find_header(rows: Iterator[Row], columns: Columns) -> tuple[list[str], Columns]:
    widest: list[str] = []
    for number, row in rows:
        if number > HEADER_WITHIN:
            break
        header = [_safe_text(cell).lstrip("#") for cell in row]
        if columns.named():
            if find(header, columns) is not None:
                return header, columns
        elif (guessed := guess(header)) is not None:
            return header, guessed
        if sum(bool(name) for name in header) > sum(bool(name) for name in widest):
            widest = header
    named = ", ".join(name for name in widest if name)[:300]
    if columns.named():
        missing = [name for name in columns.named().values() if find(widest, _only(name)) is None]
        raise Unreadable(
            _(
                "The file has no column %(missing)s. Its columns are: %(named)s. Change what the"
                " columns are called, or choose another file."
            )
            % {"missing": ", ".join(missing), "named": named or "—"},
            widest,
        )
    raise Unreadable(
        _(
            "Which column is the amount, the time or the order number couldn't be told. The file's"
            " columns are: %(named)s. Say what each of them is, then upload the file again."
        )
        % {"named": named or "—"},
        widest,
    )


def _only(name: str) -> Columns:
    return Columns(amount=name)


def _safe_text(cell: object) -> str:
    try:
        return cells.text(cell)
    except cells.BadCell:
        return ""


def _is_comment(row: Sequence[object]) -> bool:
    """A line of the file's own: a remark, or the totals at its end."""
    first = next((text for cell in row if (text := _safe_text(cell))), "")
    return first.startswith(("#", "---")) or first.lower().startswith(_TOTALS)


# --- one line -----------------------------------------------------------------------------------


class _BadLine(Exception):
    def __init__(self, message: str | Promise) -> None:
        self.message = message
        super().__init__(str(message))


def _line(
    number: int, row: Sequence[object], places: dict[str, int], words: Words, negative: Role
) -> Line | None:
    """One line; None for one that isn't about money (a failed order, an amount of zero)."""

    def cell(what: str) -> object:
        place = places.get(what)
        return row[place] if place is not None and place < len(row) else None

    meaning: str | None = None
    if "kind" in places:
        said = _safe_text(cell("kind"))
        meaning = words.meaning(said)
        if meaning is None:
            raise _BadLine(
                _("nobody has said what “%(word)s” in column %(column)s means")
                % {"word": said[:40], "column": places["kind"] + 1}
            )
        if meaning == "ignored":
            return None
    amount = _read(cells.amount, cell("amount"), _("the amount “%(cell)s” isn't a number"))
    fee_cell = cell("fee")
    fee = Decimal(0)
    if _safe_text(fee_cell):
        fee = _read(cells.amount, fee_cell, _("the fee “%(cell)s” isn't a number"))
    if not amount and not fee:
        return None
    role = Role(meaning) if meaning else _role_by_sign(amount, negative)
    our_ref = _reference(cell("our_ref"))
    if role is Role.RETURN and (refund_ref := _reference(cell("refund_ref"))):
        our_ref = refund_ref
    their_ref = _reference(cell("their_ref"))
    if not our_ref and not their_ref and role in (Role.CHARGE, Role.RETURN):
        raise _BadLine(_("it has neither our number nor theirs"))
    at = _read(cells.moment, cell("at"), _("the time “%(cell)s” can't be read"))
    balance = None
    if "balance" in places and _safe_text(cell("balance")):
        balance = _read(cells.amount, cell("balance"), _("the balance “%(cell)s” isn't a number"))
    return Line(number, role, our_ref, their_ref, abs(amount), abs(fee), at, balance)


def _role_by_sign(amount: Decimal, negative: Role) -> Role:
    if amount < 0:
        return negative
    return Role.RETURN if negative is Role.CHARGE else Role.CHARGE


def _reference(cell: object) -> str:
    try:
        return cells.reference(cell)
    except cells.RoundedNumber:
        raise _BadLine(
            _("an order number was rounded by Excel: make the column text and export again")
        ) from None
    except cells.BadCell:
        raise _BadLine(_("an order number is longer than 64 characters")) from None


def _read(reader: Callable[[object], T], cell: object, message: str | Promise) -> T:
    try:
        return reader(cell)
    except cells.BadCell:
        shown = str(cell if cell is not None else "")[:40]
        raise _BadLine(message % {"cell": shown}) from None
