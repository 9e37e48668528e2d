"""What docked shops follow: which SKUs changed, in an order without gaps (services/feed.py)."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class FeedEntry(models.Model):
    """A SKU's code, and the place of its latest change among all changes.

    `digest` is over everything that any agent's price, stock or description of it depends on; empty
    once it isn't on sale. `seq` grows with every change, and only one pass at a time gives it.
    """

    code = models.CharField(max_length=60, unique=True)
    digest = models.CharField(max_length=32, blank=True)
    seq = models.BigIntegerField(unique=True)
    changed_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.code


class FeedState(models.Model):
    """When the last pass was, how long it took, and the last place that was given: one row.

    The place is kept here because entries of what is long gone are deleted, and no place may be
    given twice.
    """

    refreshed_at = models.DateTimeField()
    last_seq = models.BigIntegerField(default=0)
    took_seconds = models.FloatField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="feed_has_one_state"),
        ]

    def __str__(self) -> str:
        return self.refreshed_at.isoformat()
