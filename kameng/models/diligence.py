"""Due diligence: who stands behind each agent, as staff accepted it, and until when."""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kameng.models.agents import Agent
from kameng.models.applications import Application
from kameng.models.legal import LegalIdentity


class Diligence(LegalIdentity):
    """One accepted identity of an agent. A newer one ends it; nothing of it is changed.

    `lapsed_at`: its last day was over and the agent has been put back to unverified.
    """

    agent = models.ForeignKey(
        Agent, models.PROTECT, related_name="diligence", verbose_name=_("agent")
    )
    application = models.OneToOneField(
        Application,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="diligence",
        verbose_name=_("application"),
    )
    valid_until = models.DateField(_("valid until"))
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("accepted by"),
    )
    accepted_at = models.DateTimeField(_("accepted"), default=timezone.now)
    ended_at = models.DateTimeField(_("replaced"), null=True, blank=True)
    # The nearest threshold (days before the last one) that the agent has been told of.
    told_days = models.PositiveSmallIntegerField(_("reminded, days before"), null=True, blank=True)
    lapsed_at = models.DateTimeField(_("ran out"), null=True, blank=True)

    class Meta:
        verbose_name = _("due diligence")
        verbose_name_plural = _("due diligence")
        ordering = ["valid_until"]
        constraints = [
            models.UniqueConstraint(
                fields=["agent"], condition=Q(ended_at=None), name="one_diligence_in_force"
            ),
        ]
        indexes = [
            models.Index(
                fields=["valid_until"], condition=Q(ended_at=None), name="diligence_runs_out"
            ),
        ]

    def __str__(self) -> str:
        return self.legal_name

    @property
    def is_valid(self) -> bool:
        """In force today, its last day included."""
        return self.ended_at is None and self.valid_until >= timezone.localdate()

    def days_left(self, today: date | None = None) -> int:
        """0 on the last day, negative once it has run out."""
        return (self.valid_until - (today or timezone.localdate())).days
