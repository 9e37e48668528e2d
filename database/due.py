"""Rows that wait for a time: a sweeper takes those that are due, and they are due again later."""

from __future__ import annotations

from datetime import timedelta
from typing import TypeVar

from django.db.models import Model, QuerySet
from django.utils import timezone

Row = TypeVar("Row", bound=Model)


def take_due(rows: QuerySet[Row], *, by: str, again_in: timedelta, most: int) -> list[Row]:
    """Those that are due by their column `by`, earliest first, put off by `again_in`.

    So what is hinted at now and lost comes back, and a busy queue isn't flooded meanwhile. Runs in
    the caller's transaction; locks what it takes, and skips rows that others hold.
    """
    now = timezone.now()
    due = list(
        rows.filter(**{f"{by}__lte": now})
        .order_by(by)
        .select_for_update(skip_locked=True, no_key=True)[:most]
    )
    model = rows.model._default_manager
    model.filter(pk__in=[row.pk for row in due]).update(**{by: now + again_in})
    return due
