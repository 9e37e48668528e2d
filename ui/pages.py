"""Lists that may have millions of rows: counted so far and no further."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.paginator import Paginator

MOST_COUNTED = 10_000
if TYPE_CHECKING:  # only the stubs know whose rows
    _Paginator = Paginator[Any]
else:
    _Paginator = Paginator


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
