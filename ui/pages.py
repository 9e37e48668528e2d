"""Lists that may have millions of rows: counted so far and no further."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.paginator import Paginator
from django.db import connection
from django.utils.functional import cached_property

MOST_COUNTED = 10_000
LARGE_TABLE = 100_000
if TYPE_CHECKING:  # only the stubs know whose rows
    _Paginator = Paginator[Any]
else:
    _Paginator = Paginator


def key_from(text: str) -> int:
    """The key that an address says a page begins behind; 0: there is none."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else 0


class CappedPaginator(_Paginator):
    """A paginator of a query whose rows were counted elsewhere, or are counted to a limit.

    `components/pagination.html` says "more than" when there are more. What lies behind the limit is
    reached by filters: nobody turns five hundred pages.
    """

    def __init__(
        self, rows: Any, per_page: int, *, counted: int | None = None, most: int = MOST_COUNTED
    ) -> None:
        super().__init__(rows, per_page)
        found = rows.order_by()[: most + 1].count() if counted is None else counted
        self.is_capped = found > most
        self._counted = min(found, most)

    @property
    def count(self) -> int:
        return self._counted


class LargeTablePaginator(_Paginator):
    """For lists of the back office: a large table as a whole isn't counted, it is estimated.

    By what PostgreSQL last saw of it. What a filter or a search leaves is counted exactly.
    """

    @cached_property
    def count(self) -> int:
        query = getattr(self.object_list, "query", None)
        if query is None or query.where or query.distinct or query.is_sliced:
            return super().count
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT reltuples::bigint FROM pg_class WHERE oid = %s::regclass",
                [f'"{query.model._meta.db_table}"'],
            )
            estimated: int = cursor.fetchone()[0]
        return estimated if estimated > LARGE_TABLE else super().count
