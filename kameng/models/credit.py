"""Credit lines: how far below zero an agent's wallet may go, who agreed to it, and until when."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kameng.models.agents import Agent


class CreditLine(models.Model):
    """One agreement (CNY), free of interest. A newer one, or its last day, ends it."""

    agent = models.ForeignKey(
        Agent, models.PROTECT, related_name="credit_lines", verbose_name=_("agent")
    )
    amount = models.DecimalField(_("credit line"), max_digits=20, decimal_places=2)
    until_on = models.DateField(_("last day"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=200)
    set_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("set by")
    )
    set_at = models.DateTimeField(_("set"), auto_now_add=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    class Meta:
        verbose_name = _("credit line")
        verbose_name_plural = _("credit lines")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["agent"], condition=Q(ended_at=None), name="one_credit_line_in_force"
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="credit_line_positive"),
        ]
        indexes = [
            models.Index(
                fields=["until_on"],
                condition=Q(ended_at=None, until_on__isnull=False),
                name="credit_line_runs_out",
            ),
        ]

    def __str__(self) -> str:
        return f"¥{self.amount}"
