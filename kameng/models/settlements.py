"""Settling commissions: the batches, what each agent got in one, and who is held back."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kameng.models.agents import Agent


class SettlementBatch(models.Model):
    """One run over every agent that has something due. At most one is open.

    What it moved is the sum of its settlements; a run that was cut off stays open, and the next
    one goes on with it.
    """

    until = models.DateTimeField(_("due until"))
    started_at = models.DateTimeField(_("begun"), auto_now_add=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    class Meta:
        verbose_name = _("settlement batch")
        verbose_name_plural = _("settlement batches")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["finished_at"],
                condition=Q(finished_at__isnull=True),
                name="one_open_settlement_batch",
                nulls_distinct=False,
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"


class Settlement(models.Model):
    """One movement of commissions into one agent's wallet (CNY).

    `amount` = `earned` (what was left of the settled rows) − `netted` (what refunds of earlier
    settled ones took back). `reference` names the journal entry, and stands on each row.
    """

    batch = models.ForeignKey(
        SettlementBatch,
        models.PROTECT,
        null=True,
        related_name="settlements",
        verbose_name=_("batch"),
    )
    agent = models.ForeignKey(
        Agent, models.PROTECT, db_index=False, related_name="settlements", verbose_name=_("agent")
    )
    reference = models.CharField(_("reference"), max_length=100, unique=True)
    row_count = models.PositiveIntegerField(_("commissions"))
    earned = models.DecimalField(_("earned"), max_digits=20, decimal_places=4)
    netted = models.DecimalField(_("netted"), max_digits=20, decimal_places=4, default=0)
    amount = models.DecimalField(_("paid out"), max_digits=20, decimal_places=4)
    # What had been paid out to the agent in all, this one included.
    total_after = models.DecimalField(
        _("paid out in all"), max_digits=20, decimal_places=4, default=0
    )
    first_at = models.DateTimeField(_("from"))
    last_at = models.DateTimeField(_("until"))
    created_at = models.DateTimeField(_("paid out at"), auto_now_add=True)

    class Meta:
        verbose_name = _("settlement")
        verbose_name_plural = _("settlements")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(amount__gt=0, netted__gte=0, amount=F("earned") - F("netted")),
                name="settlement_adds_up",
            ),
        ]
        indexes = [
            models.Index(fields=["agent", "-id"], name="settlement_of_agent"),
            models.Index(fields=["agent", "-created_at"], name="settlement_of_agent_by_time"),
        ]

    def __str__(self) -> str:
        return self.reference


class SettlementHold(models.Model):
    """An agent whose commissions go on accruing and aren't paid out, until staff release them."""

    agent = models.ForeignKey(
        Agent, models.PROTECT, related_name="settlement_holds", verbose_name=_("agent")
    )
    reason = models.CharField(_("reason"), max_length=200)
    held_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("held by"),
    )
    held_at = models.DateTimeField(_("held"), auto_now_add=True)
    released_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("released by"),
    )
    released_at = models.DateTimeField(_("released"), null=True, blank=True)
    release_reason = models.CharField(_("reason for release"), max_length=200, blank=True)

    class Meta:
        verbose_name = pgettext_lazy("settlements", "hold")
        verbose_name_plural = pgettext_lazy("settlements", "holds")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["agent"],
                condition=Q(released_at__isnull=True),
                name="one_open_settlement_hold",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agent}: {self.reason}"
