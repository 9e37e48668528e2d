"""What waits for staff, of all apps: the first page of the back office.

Each app tells its own through a function named in settings.STAFF_DESKS. A person sees the lists
that they may open, and nothing of the others.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.conf import settings
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.module_loading import import_string

from users.models import User


@dataclass(frozen=True, slots=True)
class Waiting:
    """One list of work. `view` and `query` open it in the admin with exactly these rows.

    `amount` (CNY) is None where no money is asked for; `oldest` is None when nothing waits.
    """

    label: str | Promise
    count: int
    view: str
    permission: str
    query: str = ""
    amount: Decimal | None = None
    oldest: datetime | None = None

    @property
    def address(self) -> str:
        return reverse(f"admin:{self.view}") + self.query


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of today, ready to be read."""

    label: str | Promise
    value: str
    note: str | Promise = ""


def waiting_for(user: User) -> list[Waiting]:
    """Every list of work that this person may open, also empty ones, in the order of settings."""
    found: list[Waiting] = []
    for path in settings.STAFF_DESKS:
        tell: Callable[[], Sequence[Waiting]] = import_string(path)
        found += [row for row in tell() if user.has_perm(row.permission)]
    return found


def figures_for(user: User) -> list[Figure]:
    """Today's numbers, of the apps whose rows this person may see."""
    found: list[Figure] = []
    for permission, path in settings.STAFF_FIGURES:
        if user.has_perm(permission):
            found += import_string(path)()
    return found
