"""Cursors: the last row of a page, signed, so that the next page starts right after it.

A cursor is opaque to clients. Rows that come or go in the meantime neither repeat nor hide others.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from django.core import signing
from django.utils.translation import gettext_lazy as _

from kameng.api.errors import Invalid

DEFAULT_LIMIT = 50
MAX_LIMIT = 200

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """`next` is the cursor of the following page, None on the last one."""

    results: Sequence[T]
    next: str | None


def row_after(cursor: str, *, of: str) -> int | None:
    """The key of the row that a cursor of this list points at; None for the first page."""
    if not cursor:
        return None
    try:
        key = signing.loads(cursor, salt=_salt(of))
    except (signing.BadSignature, ValueError):
        raise Invalid(
            {"cursor": [_("This is not a cursor of this list. Take it from `next`.")]}
        ) from None
    return int(key)


def page_of(rows: Sequence[T], *, limit: int, of: str, key: Callable[[T], int]) -> Page[T]:
    """A page of rows that were read up to one more than `limit`."""
    shown = rows[:limit]
    if len(rows) <= limit:
        return Page(shown, None)
    return Page(shown, signing.dumps(key(shown[-1]), salt=_salt(of)))


def _salt(of: str) -> str:
    return f"kameng.api.cursor.{of}"
