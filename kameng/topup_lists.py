"""A list of numbers to be topped up, as people paste or upload it. Pure: no database.

One top-up a line: `number[,amount][,note]`, with comma, tab, semicolon or blanks between. Wide
signs, blanks inside the number and +86 are forgiven; a first line of headings is understood, and
then the columns may stand in any order. Every line that can't be read is named by its number.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from catalog.models import Carrier
from users.phones import normalise_mobile

MOST_NOTE = 100
_MARKS = re.compile(r"[,;|\t、]")
_AMOUNT = re.compile(r"(?:[¥￥]|rmb|cny)?\s*(\d{1,6}(?:\.\d{1,2})?)\s*(?:元|yuan|rmb|块)?", re.I)
_ROUNDED = re.compile(r"\d(?:\.\d+)?e\+?\d+", re.I)
_NUMBER_LIKE = re.compile(r"[+\d][\d \-()]*")
_HEADINGS = {
    "number": ("手机", "号码", "电话", "充值账号", "number", "phone", "mobile"),
    "amount": ("金额", "面值", "面额", "amount", "face", "value"),
    "note": ("备注", "姓名", "客户", "note", "remark", "name", "customer"),
    "carrier": ("运营商", "carrier", "operator"),
}
_CARRIERS = {
    Carrier.MOBILE: ("移动", "mobile", "cmcc"),
    Carrier.UNICOM: ("联通", "unicom", "cucc"),
    Carrier.TELECOM: ("电信", "telecom", "ctcc"),
    Carrier.BROADNET: ("广电", "broadnet", "cbn"),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """A line that can be read. `amount` and `carrier` are None where the line doesn't say."""

    line: int
    number: str
    amount: Decimal | None
    note: str
    carrier: Carrier | None = None


@dataclass(frozen=True, slots=True)
class BadLine:
    line: int
    typed: str
    reason: str | Promise


@dataclass(frozen=True, slots=True)
class TopupList:
    entries: list[Entry]
    bad: list[BadLine]

    @property
    def count(self) -> int:
        return len(self.entries) + len(self.bad)


class _Bad(Exception):
    def __init__(self, reason: str | Promise) -> None:
        self.reason = reason


def read_list(text: str) -> TopupList:
    """Every line of a text, good or bad; empty lines count and say nothing."""
    read = TopupList([], [])
    columns: dict[str, int] | None = None
    is_first = True
    for number, raw in enumerate(text.splitlines(), start=1):
        line = _plain(raw)
        if not line.strip(" ,;|\t、"):
            continue
        cells = [cell.strip().strip("\"'`=").strip() for cell in _MARKS.split(line)]
        if is_first:
            is_first = False
            columns = _columns(cells)
            if columns is not None:
                continue
        try:
            read.entries.append(_entry(number, cells, columns))
        except _Bad as bad:
            read.bad.append(BadLine(number, raw.strip()[:60], bad.reason))
    return read


def _plain(raw: str) -> str:
    """Full-width signs as plain ones; no invisible characters."""
    folded = unicodedata.normalize("NFKC", raw)
    return "".join(one for one in folded if one == "\t" or unicodedata.category(one)[0] != "C")


def _columns(cells: Sequence[str]) -> dict[str, int] | None:
    """Which column is what, if this is a line of headings: it names the number's column."""
    found: dict[str, int] = {}
    for place, cell in enumerate(cells):
        name = cell.casefold()
        if any(one.isdigit() for one in name):
            return None
        for what, words in _HEADINGS.items():
            if what not in found and any(word in name for word in words):
                found[what] = place
                break
    return found if "number" in found else None


def _entry(line: int, cells: list[str], columns: dict[str, int] | None) -> Entry:
    if columns is not None:
        said = {what: cells[at] if at < len(cells) else "" for what, at in columns.items()}
        number = _number(said["number"])
        carrier = _carrier(said.get("carrier", ""))
        return Entry(
            line, number, _amount(said.get("amount", "")), said.get("note", "")[:MOST_NOTE], carrier
        )
    if len(cells) == 1:
        cells = _by_blanks(cells[0])
    number = _number(cells[0])
    rest = cells[1:]
    amount = None
    if rest and (not rest[0] or _AMOUNT.fullmatch(rest[0])):
        amount, rest = _amount(rest[0]), rest[1:]
    elif rest and rest[0][:1].isdigit() and len(rest) > 1:
        raise _Bad(_("The amount can't be read."))
    return Entry(line, number, amount, " ".join(part for part in rest if part)[:MOST_NOTE])


def _by_blanks(line: str) -> list[str]:
    """`138 2650 7719 50 Zhang`: as many words as make a number, then the others."""
    words = line.split()
    for count in range(1, min(len(words), 5) + 1):
        if normalise_mobile("".join(words[:count])):
            return ["".join(words[:count]), *_rest(words[count:])]
    return [line]


def _rest(words: Sequence[str]) -> list[str]:
    if words and not _AMOUNT.fullmatch(words[0]):
        return ["", " ".join(words)]
    return [*words[:1], " ".join(words[1:])]


def _number(typed: str) -> str:
    number = normalise_mobile(typed)
    if number is not None:
        return number
    digits = re.sub(r"\D", "", typed)
    if not typed:
        raise _Bad(_("There is no number."))
    if _ROUNDED.fullmatch(typed.replace(" ", "")):
        raise _Bad(_("The spreadsheet has shortened this number: format the column as text."))
    if not _NUMBER_LIKE.fullmatch(typed):
        raise _Bad(_("This is not a mobile number."))
    if len(digits) < 11:
        raise _Bad(_("The number is too short: it needs 11 digits."))
    if len(digits) > 11:
        raise _Bad(_("The number is too long: it needs 11 digits."))
    raise _Bad(_("A mainland mobile number starts with 13 to 19."))


def _amount(typed: str) -> Decimal | None:
    if not typed:
        return None
    match = _AMOUNT.fullmatch(typed)
    if match is None:
        raise _Bad(_("The amount can't be read."))
    try:
        return Decimal(match[1])
    except InvalidOperation as problem:
        raise _Bad(_("The amount can't be read.")) from problem


def _carrier(typed: str) -> Carrier | None:
    if not typed:
        return None
    name = typed.casefold()
    for carrier, words in _CARRIERS.items():
        if any(word in name for word in words):
            return carrier
    raise _Bad(_("This carrier isn't known."))


def as_text(rows: Iterable[Sequence[str]]) -> str:
    """Rows of a file as the text that `read_list` reads, line for line."""
    return "\n".join(",".join(_one_cell(cell) for cell in row) for row in rows)


def _one_cell(cell: str) -> str:
    return _MARKS.sub(" ", " ".join(cell.split()))
