"""Many orders in one call of the open API."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kameng.models.agents import Agent
from kameng.models.api import ApiKey
from orders.models import Order


class Batch(models.Model):
    """Up to 1,000 orders that came in one call. Each is an order of its own, placed in its turn.

    Due at `due_at` until `finished_at`: then each line is placed or refused. `digest` is that of
    what was sent; the same `batch_ref` with other content is refused. `language` is the one that
    the refusals are told in.
    """

    agent = models.ForeignKey(
        Agent, models.PROTECT, related_name="batches", verbose_name=_("agent")
    )
    key = models.ForeignKey(
        ApiKey, models.PROTECT, related_name="batches", verbose_name=_("API key")
    )
    is_sandbox = models.BooleanField(_("sandbox"), default=False)
    batch_no = models.CharField(_("batch number"), max_length=32, unique=True)
    batch_ref = models.CharField(_("their number"), max_length=64)
    digest = models.CharField(max_length=64)
    language = models.CharField(max_length=10)
    due_at = models.DateTimeField(_("due"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    class Meta:
        verbose_name = _("batch")
        verbose_name_plural = _("batches")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["agent", "is_sandbox", "batch_ref"], name="batch_ref_once"
            ),
            models.CheckConstraint(
                condition=Q(finished_at__isnull=True) ^ Q(due_at__isnull=True),
                name="batch_due_until_finished",
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="batch_due"),
        ]

    def __str__(self) -> str:
        return self.batch_no


class BatchLine(models.Model):
    """One order of a batch: waiting, placed (`order`), or refused (`problem`), and only once.

    `asked` is the order as it was sent, `problem` the problem document; nothing was charged for a
    line that has one. `attempts` counts failures of ours, which are tried again.
    """

    batch = models.ForeignKey(Batch, models.CASCADE, related_name="lines")
    place = models.PositiveSmallIntegerField()
    client_ref = models.CharField(max_length=64)
    asked: models.JSONField[dict[str, object]] = models.JSONField()
    order = models.ForeignKey(
        Order, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    problem: models.JSONField[dict[str, object] | None] = models.JSONField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["batch", "place"], name="batch_line_once"),
            models.CheckConstraint(
                condition=Q(order__isnull=True) | Q(problem__isnull=True),
                name="batch_line_has_one_answer",
            ),
        ]
        indexes = [
            models.Index(
                fields=["batch", "place"],
                condition=Q(order__isnull=True, problem__isnull=True),
                name="batch_line_waiting",
            ),
        ]

    @property
    def state(self) -> str:
        if self.order_id is not None:
            return "placed"
        return "refused" if self.problem is not None else "waiting"
