"""How the shop writes amounts: {% load kalegou %}."""

from __future__ import annotations

from decimal import Decimal

from django import template

from kalegou.availability import Choice
from kalegou.durations import duration
from ledger.models import EntryKind, Posting
from ui.formats import as_decimal

register = template.Library()

_WORTH_TELLING = Decimal("0.10")

# Entries of these kinds carry the order's number as their memo.
_KINDS_OF_ORDERS = (EntryKind.ORDER_PLACED, EntryKind.ORDER_COMPLETED, EntryKind.ORDER_REFUNDED)


@register.filter
def plain_amount(value: object) -> str:
    """`100.0000` → `100`, `98.5000` → `98.5`: for faces and savings, without a sign."""
    number = as_decimal(value)
    if number is None:
        return ""
    text = f"{number:,.2f}"
    return text.rstrip("0").rstrip(".")


@register.filter
def lasts(seconds: float | None) -> str:
    """`72.4` → `72 seconds`; nothing for nothing."""
    return "" if seconds is None else duration(seconds)


@register.filter
def off_face(choice: Choice) -> Decimal:
    """What the price lies below the face value; 0 when it is too little to be told."""
    off = choice.sku.face_value - choice.price
    return off if off >= _WORTH_TELLING else Decimal(0)


@register.filter
def order_of(posting: Posting) -> str:
    """The number of the order that a posting belongs to; nothing for a deposit."""
    return posting.entry.memo if posting.entry.kind in _KINDS_OF_ORDERS else ""
