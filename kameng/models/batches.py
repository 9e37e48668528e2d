"""Many orders at once: in one call of the open API, or a list of numbers in the portal."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kameng.models.agents import Agent
from kameng.models.api import ApiKey
from orders.models import Order


class BatchPause(models.TextChoices):
    """Why a batch stands still. Nothing of it is charged until somebody has it go on."""

    AGENT = "agent", _("paused by you")
    BALANCE = "balance", _("the balance ran out")
    LIMIT = "limit", _("your spending limit is reached")
    SUSPENDED = "suspended", _("your agent account is suspended")
    STAFF = "staff", _("paused by customer service")


class Batch(models.Model):
    """Orders that came together: each is an order of its own, placed in its turn.

    With a `key` it came through the API, else from the portal: then it can be paused, goes on, and
    its rest can be cancelled. Due at `due_at` until it is paused or `finished_at`: then each line
    is placed or refused. `digest` is that of what was sent; the same `batch_ref` with other content
    is refused. `language` is the one that the refusals are told in.
    """

    agent = models.ForeignKey(
        Agent, models.PROTECT, related_name="batches", verbose_name=_("agent")
    )
    key = models.ForeignKey(
        ApiKey,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="batches",
        verbose_name=_("API key"),
    )
    title = models.CharField(_("title"), max_length=80, blank=True)
    line_count = models.PositiveIntegerField(_("lines"), default=0)
    is_sandbox = models.BooleanField(_("sandbox"), default=False)
    batch_no = models.CharField(_("batch number"), max_length=32, unique=True)
    batch_ref = models.CharField(_("their number"), max_length=64)
    digest = models.CharField(max_length=64)
    language = models.CharField(max_length=10)
    due_at = models.DateTimeField(_("due"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    paused_at = models.DateTimeField(_("paused"), null=True, blank=True)
    pause_reason = models.CharField(
        _("why paused"), max_length=10, choices=BatchPause.choices, blank=True
    )

    class Meta:
        verbose_name = _("batch")
        verbose_name_plural = _("batches")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["agent", "is_sandbox", "batch_ref"], name="batch_ref_once"
            ),
            # Due, paused or finished: one of them, always.
            models.CheckConstraint(
                condition=(
                    Q(due_at__isnull=False, paused_at__isnull=True, finished_at__isnull=True)
                    | Q(due_at__isnull=True, paused_at__isnull=False, finished_at__isnull=True)
                    | Q(due_at__isnull=True, paused_at__isnull=True, finished_at__isnull=False)
                ),
                name="batch_due_paused_or_finished",
            ),
            models.CheckConstraint(
                condition=Q(paused_at__isnull=True, pause_reason="")
                | (Q(paused_at__isnull=False) & ~Q(pause_reason="")),
                name="batch_paused_for_a_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["agent", "-id"], name="batch_of_agent"),
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="batch_due"),
        ]

    def __str__(self) -> str:
        return self.batch_no

    @property
    def status(self) -> str:
        """`finished`, `paused` or `working`."""
        if self.finished_at is not None:
            return "finished"
        return "paused" if self.paused_at is not None else "working"

    @property
    def is_from_portal(self) -> bool:
        return self.key_id is None


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
    note = models.CharField(_("note"), max_length=100, blank=True)
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
            # Which orders came in a batch.
            models.Index(
                fields=["order"], condition=Q(order__isnull=False), name="batch_line_of_order"
            ),
        ]

    @property
    def state(self) -> str:
        if self.order_id is not None:
            return "placed"
        return "refused" if self.problem is not None else "waiting"
