"""One cell of a statement: text, amount or time, as suppliers and spreadsheets write them."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo

from django.conf import settings

MAX_AMOUNT = Decimal(10) ** 12
MAX_TEXT = 64
# An Excel number keeps 15 digits: a longer order number was rounded when the file was made.
_EXACT_IN_EXCEL = 10**15
_TIME_FORMATS = (
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%d %H:%M",
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d %H:%M",
    "%Y.%m.%d %H:%M:%S",
    "%Y年%m月%d日 %H:%M:%S",
    "%Y年%m月%d日 %H:%M",
    "%Y%m%d%H%M%S",
    "%Y%m%d %H:%M:%S",
    "%Y-%m-%d",
    "%Y/%m/%d",
    "%Y年%m月%d日",
    "%Y%m%d",
)


class BadCell(ValueError):
    """The cell can't be what its column says."""


class RoundedNumber(BadCell):
    """Excel has rounded a long number: the digits are lost."""


def text(cell: object) -> str:
    """A cell as text, without what spreadsheets put around numbers (`'1`, `` `1``, `="1"`, tab)."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return str(cell)
    if isinstance(cell, float):
        if abs(cell) >= _EXACT_IN_EXCEL:
            raise RoundedNumber
        return str(int(cell)) if cell == int(cell) else repr(cell)
    if isinstance(cell, int) and abs(cell) >= _EXACT_IN_EXCEL:
        raise RoundedNumber
    written = str(cell).replace("\x00", "").strip().strip("\ufeff\u3000").strip()
    if match := re.fullmatch(r'="(.*)"', written):
        written = match[1]
    return written.lstrip("'`").strip()


def reference(cell: object) -> str:
    """An order number; raises BadCell for one that no order can have."""
    written = text(cell)
    if re.fullmatch(r"\d(\.\d+)?[eE]\+?\d+", written):
        raise RoundedNumber
    if len(written) > MAX_TEXT or any(ord(letter) < 32 for letter in written):
        raise BadCell
    return written


def amount(cell: object) -> Decimal:
    """An amount in yuan with at most four decimals: `1,284.50`, `￥50`, `-50.00元`, `(50.00)`."""
    written = text(cell) if not isinstance(cell, float) else repr(cell)
    written = written.replace(",", "").replace("，", "").replace(" ", "")
    written = written.replace("−", "-").removesuffix("元")
    if bracketed := re.fullmatch(r"[(（](.+)[)）]", written):
        written = f"-{bracketed[1]}"
    written = re.sub(r"^([+-]?)[¥￥]([+-]?)", r"\1\2", written)
    try:
        number = Decimal(written)
    except InvalidOperation:
        raise BadCell from None
    if not number.is_finite() or abs(number) >= MAX_AMOUNT:
        raise BadCell
    exact = number.quantize(Decimal("0.0001"))
    if isinstance(cell, float) and abs(exact - number) < Decimal("0.00000001"):
        return exact  # 0.1 + 0.2 of a spreadsheet
    if exact != number:
        raise BadCell
    return exact


def moment(cell: object) -> dt.datetime:
    """A time of the shop's own clock, unless the cell names another zone; a bare date is noon."""
    zone = ZoneInfo(settings.TIME_ZONE)
    if isinstance(cell, dt.datetime):
        return cell if cell.tzinfo else cell.replace(tzinfo=zone)
    if isinstance(cell, dt.date):
        return dt.datetime.combine(cell, dt.time(12), zone)
    written = re.sub(r"\.\d{1,6}$", "", text(cell))
    try:
        found = dt.datetime.fromisoformat(written)
        has_time = len(written) > 10
    except ValueError:
        found, has_time = _by_format(written)
    if not has_time:
        found = found.replace(hour=12)
    if found.tzinfo is None:
        found = found.replace(tzinfo=zone)
    if not 2000 <= found.year <= 2100:
        raise BadCell
    return found


def _by_format(written: str) -> tuple[dt.datetime, bool]:
    for pattern in _TIME_FORMATS:
        try:
            naive = dt.datetime.strptime(written, pattern)  # noqa: DTZ007  (the zone is added)
        except ValueError:
            continue
        return naive, "%H" in pattern
    raise BadCell
