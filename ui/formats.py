"""How money, times and numbers are written for people. Pure functions."""

from __future__ import annotations

import datetime as dt
import re
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from django.utils import formats, timezone
from django.utils.translation import gettext as _

MINUS = "\u2212"  # a true minus sign: as wide as a digit, never breaks the line
ABSENT = "\u2014"


def as_decimal(value: object) -> Decimal | None:
    if value is None or value == "":
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def grouped(value: object, places: int = 2) -> str:
    """`-1284.5` → `−1,284.50`; rounded half up."""
    number = as_decimal(value)
    if number is None:
        return ABSENT
    rounded = number.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
    sign = MINUS if rounded < 0 else ""
    return f"{sign}{abs(rounded):,.{places}f}"


def money(value: object, places: int = 2, unit: str = "¥") -> str:
    """`-1284.5` → `−¥1,284.50`."""
    text = grouped(value, places)
    if text == ABSENT:
        return text
    return f"{MINUS}{unit}{text[1:]}" if text.startswith(MINUS) else f"{unit}{text}"


def phone(value: object) -> str:
    """A mainland mobile number in groups: `138 2650 7719`. Anything else stays as it is."""
    text = str(value or "")
    return grouped_digits(text) if re.fullmatch(r"1\d{10}", text) else text


def grouped_digits(text: str) -> str:
    """Up to 11 digits in groups of 3-4-4, also unfinished; anything else stays as it is."""
    if not re.fullmatch(r"\d{1,11}", text):
        return text
    return " ".join(part for part in (text[:3], text[3:7], text[7:]) if part)


def masked_phone(value: object) -> str:
    """`138 **** 7719`: enough to recognise one's own number, too little to call it."""
    text = str(value or "")
    return re.sub(r"^(\d{3})\d{4}(\d{4})$", r"\1 **** \2", text)


def moment(value: dt.datetime, now: dt.datetime | None = None) -> str:
    """A time as short as it can be and still clear: `14:05`, `Yesterday 14:05`, `11-24 14:05`."""
    here = timezone.localtime(value)
    today = timezone.localtime(now or timezone.now())
    clock = here.strftime("%H:%M")
    if here.date() == today.date():
        return clock
    if here.date() == today.date() - dt.timedelta(days=1):
        return _("Yesterday %(clock)s") % {"clock": clock}
    if here.year == today.year:
        return here.strftime("%m-%d %H:%M")
    return here.strftime("%Y-%m-%d %H:%M")


def full_moment(value: dt.datetime) -> str:
    return timezone.localtime(value).strftime("%Y-%m-%d %H:%M:%S")


def count(value: int) -> str:
    return formats.number_format(value, use_l10n=True, force_grouping=True)
