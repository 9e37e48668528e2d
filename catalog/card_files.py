"""Reading a file of card codes: `number,secret[,expires]`, one card a line, of any size.

Understands commas (also full-width), tabs, semicolons, `----` and spaces between the columns, or
one column of secrets; UTF-8 with or without BOM, or GBK; both line ends; a header line. The
separator is the one that most of the first lines have, so that a line without it is noticed.
Nothing that is said of a line quotes it: it is a secret.
"""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import BinaryIO, NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from catalog.errors import ImportRefused, LineNote

BLOCK_BYTES = 256 * 1024
MAX_LINE_BYTES = 8 * 1024
MAX_NUMBER_LENGTH = 200
MAX_SECRET_LENGTH = 500
LAST_YEAR = 2100
_SNIFFED_LINES = 200

SPACES = " "
_SEPARATORS = ("\t", ",", "，", "----", ";", "|")
_HEADER = re.compile(
    r"(card[ _-]?)?(no|number|secret|password|pin|code|key)|card|account|cdkey"
    r"|(expir(es|y)|valid)([ _-]?(on|date|until))?"
    r"|卡号|序列号|编号|账号|卡密|卡?密码|密钥|激活码|兑换码|有效期|(过期|到期|截止)(时间|日期?)"
)

EMPTY_SECRET = _("the secret is missing")
TOO_FEW = _("the separator between number and secret is missing")
TOO_MANY = _("there are more columns than number, secret and expiry date")
ONE_COLUMN = _("there is a separator, though most lines have one column")
UNREADABLE = _("this can't be read as text")
UNPRINTABLE = _("there are characters that can't be printed")
TOO_LONG = _("this is too long for a card")
QUOTES = _("a quotation mark isn't closed")
NOT_A_DATE = _("the expiry date isn't a date like 2027-12-31")
EXPIRED = _("this card has expired")


class CardLine(NamedTuple):
    """One good line. The repr would show the secret: never print or log it."""

    line: int
    number: str
    secret: str
    expires_on: date | None


@dataclass(slots=True)
class Batch:
    """What one block of the file held; `bytes_read` counts from the start of the file."""

    bytes_read: int
    line_count: int
    cards: list[CardLine] = field(default_factory=list, repr=False)
    bad: list[LineNote] = field(default_factory=list)


class _BadLine(Exception):
    def __init__(self, text: str | Promise) -> None:
        self.text = text


def read_cards(source: BinaryIO, *, today: date) -> Iterator[Batch]:
    """The file's cards in batches, in order; memory doesn't grow with the file.

    Raises ImportRefused when this isn't a text file at all.
    """
    reader = _Reader(today)
    for block, bytes_read in _whole_lines(source):
        yield reader.read(block, bytes_read)


def _whole_lines(source: BinaryIO) -> Iterator[tuple[bytes, int]]:
    """Blocks that end at a line end. Of a line without an end only the beginning is kept."""
    rest = b""
    bytes_read = 0
    while data := source.read(BLOCK_BYTES):
        bytes_read += len(data)
        whole, newline, tail = data.rpartition(b"\n")
        if newline:
            yield rest + whole, bytes_read
            rest = tail
        else:
            rest = (rest + tail)[: MAX_LINE_BYTES + 1]
    if rest:
        yield rest, bytes_read


class _Reader:
    """Remembers what the lines so far told of the file: encoding, separator, line number."""

    def __init__(self, today: date) -> None:
        self.today = today
        self.line = 0
        self.encoding: str | None = None
        self.separator: str | None = None
        self.is_started = False

    def read(self, block: bytes, bytes_read: int) -> Batch:
        if not self.is_started:
            block = self._without_bom(block)
        lines = self._decoded(block)
        batch = Batch(bytes_read, len(lines))
        self._start(lines)
        for text in lines:
            self.line += 1
            if text is None:
                batch.bad.append(LineNote(self.line, UNREADABLE))
            elif text and not text.isspace():
                try:
                    batch.cards.append(self._card(text))
                except _BadLine as bad:
                    batch.bad.append(LineNote(self.line, bad.text))
        return batch

    def _without_bom(self, block: bytes) -> bytes:
        if block.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\0" in block:
            raise ImportRefused(_("This isn't a text file in UTF-8 or GBK. Save it as one first."))
        if block.startswith(codecs.BOM_UTF8):
            self.encoding = "utf-8"
            return block.removeprefix(codecs.BOM_UTF8)
        return block

    def _decoded(self, block: bytes) -> list[str | None]:
        """The block's lines as text; None for a line that can't be read."""
        if self.encoding is None and not block.isascii():
            self.encoding = _guess_encoding(block)
        encoding = self.encoding or "utf-8"
        try:
            return list(block.decode(encoding).split("\n"))
        except UnicodeDecodeError:
            return [
                line.decode(encoding) if _fits(line, encoding) else None
                for line in block.split(b"\n")
            ]

    def _start(self, lines: list[str | None]) -> None:
        """Find the separator, and blank the header line."""
        filled = [place for place, text in enumerate(lines) if text is not None and text.strip()]
        if self.is_started or not filled:
            return
        self.is_started = True
        self.separator = _sniff([lines[place] or "" for place in filled[:_SNIFFED_LINES]])
        if self._is_header(lines[filled[0]] or ""):
            lines[filled[0]] = ""

    def _is_header(self, text: str) -> bool:
        try:
            columns = self._columns(text.strip(" \r"))
        except _BadLine:
            return False
        return all(_HEADER.fullmatch(column.strip().lower()) for column in columns)

    def _columns(self, text: str) -> list[str]:
        separator = self.separator
        if separator is None:
            return [text]
        if separator == SPACES:
            return text.split(None, 2)
        if '"' in text and len(separator) == 1:
            try:
                return next(
                    csv.reader([text], delimiter=separator, skipinitialspace=True, strict=True)
                )
            except csv.Error:
                raise _BadLine(QUOTES) from None
        return text.split(separator)

    def _card(self, text: str) -> CardLine:
        columns = self._columns(text.strip(" \r"))
        expires_on = None
        if self.separator is None:
            if any(separator in text for separator in _SEPARATORS):
                raise _BadLine(ONE_COLUMN)
            number, secret = "", text.strip()
        else:
            if len(columns) < 2:
                raise _BadLine(TOO_FEW)
            number, secret = columns[0].strip(), columns[1].strip()
            if len(columns) > 2:
                if len(columns) > 3:
                    raise _BadLine(TOO_MANY)
                expires_on = self._expiry(columns[2].strip())
        if not secret:
            raise _BadLine(EMPTY_SECRET)
        if len(number) > MAX_NUMBER_LENGTH or len(secret) > MAX_SECRET_LENGTH:
            raise _BadLine(TOO_LONG)
        if not (number.isprintable() and secret.isprintable()):
            raise _BadLine(UNPRINTABLE)
        return CardLine(self.line, number, secret, expires_on)

    def _expiry(self, text: str) -> date | None:
        if not text:
            return None
        expires_on = _parse_date(text)
        if expires_on is None:
            raise _BadLine(NOT_A_DATE)
        if expires_on <= self.today:
            raise _BadLine(EXPIRED)
        return expires_on


def _guess_encoding(block: bytes) -> str:
    """UTF-8 when most lines with other than ASCII are: GBK text is hardly ever valid UTF-8."""
    telling = [line for line in block.split(b"\n") if not line.isascii()]
    fitting = sum(_fits(line, "utf-8") for line in telling)
    return "utf-8" if fitting * 2 > len(telling) else "gb18030"


def _fits(block: bytes, encoding: str) -> bool:
    try:
        block.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _sniff(lines: list[str]) -> str | None:
    """The separator that more than half of these lines have; None for one column."""
    for separator in _SEPARATORS:
        if sum(separator in line for line in lines) * 2 > len(lines):
            return separator
    if sum(len(line.split()) > 1 for line in lines) * 2 > len(lines):
        return SPACES
    return None


_DATE = re.compile(
    r"(\d{4})(?:[-/.年](\d{1,2})[-/.月](\d{1,2})日?|(\d{2})(\d{2}))"
    r"(?:[ T]\d{1,2}:\d{2}(?::\d{2})?)?",
    re.ASCII,
)


@lru_cache(maxsize=1024)
def _parse_date(text: str) -> date | None:
    """2027-12-31, 2027/12/31, 2027.12.31, 2027年12月31日 or 20271231; a time behind is ignored."""
    match = _DATE.fullmatch(text)
    if match is None:
        return None
    year, month, day = (int(part) for part in match.groups() if part is not None)
    try:
        return date(year, month, day) if year <= LAST_YEAR else None
    except ValueError:
        return None
