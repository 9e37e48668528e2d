"""Invite links: an agent's ways to be found, each with its own rules and count."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kameng.models.agents import Agent, Tier


class InviteLink(models.Model):
    """One link of an agent beside its permanent code. Codes of links are longer than agents'
    own, so that the two can't meet."""

    agent = models.ForeignKey(
        Agent, models.PROTECT, related_name="invite_links", verbose_name=_("agent")
    )
    code = models.CharField(_("invite code"), max_length=16, unique=True)
    name = models.CharField(_("name"), max_length=60)
    tier = models.ForeignKey(
        Tier, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("tier")
    )
    expires_on = models.DateField(_("last day"), null=True, blank=True)
    max_uses = models.PositiveIntegerField(_("people at most"), null=True, blank=True)
    is_on = models.BooleanField(_("switched on"), default=True)
    created_at = models.DateTimeField(_("made"), auto_now_add=True)

    class Meta:
        verbose_name = _("invite link")
        verbose_name_plural = _("invite links")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(max_uses__isnull=True) | Q(max_uses__gt=0), name="invite_link_some_uses"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_over(self) -> bool:
        """Its last day has passed."""
        return self.expires_on is not None and self.expires_on < timezone.localdate()


class InviteVisit(models.Model):
    """How many people opened an invitation on a day; `link` empty: the agent's own code."""

    agent = models.ForeignKey(
        Agent, models.CASCADE, related_name="invite_visits", verbose_name=_("agent")
    )
    link = models.ForeignKey(
        InviteLink,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="visits",
        verbose_name=_("invite link"),
    )
    on = models.DateField(_("day"))
    count = models.PositiveIntegerField(_("people"), default=0)

    class Meta:
        verbose_name = _("visit by invitation")
        verbose_name_plural = _("visits by invitation")
        constraints = [
            models.UniqueConstraint(
                fields=["agent", "link", "on"], name="invite_visits_of_a_day", nulls_distinct=False
            ),
        ]

    def __str__(self) -> str:
        return f"{self.on}: {self.count}"
