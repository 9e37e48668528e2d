"""Announcements: what staff tell all agents, or those of some tiers."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from catalog.models import in_language
from kameng.models.agents import Agent, Tier


class Importance(models.TextChoices):
    NORMAL = "normal", _("normal")
    IMPORTANT = "important", _("important: to be confirmed")


class Announcement(models.Model):
    """Shown from one moment until another, to agents of the chosen tiers; none chosen: to all."""

    title = models.CharField(_("title"), max_length=120)
    title_en = models.CharField(_("title in English"), max_length=120, blank=True)
    body = models.TextField(_("text"), max_length=5000)
    body_en = models.TextField(_("text in English"), max_length=5000, blank=True)
    importance = models.CharField(
        _("importance"),
        max_length=10,
        choices=Importance.choices,
        default=Importance.NORMAL,
        help_text=_("An important one stands on every page until the agent has confirmed it."),
    )
    is_pinned = models.BooleanField(_("pinned to the top"), default=False)
    tiers = models.ManyToManyField(
        Tier,
        blank=True,
        related_name="+",
        verbose_name=_("for tiers"),
        help_text=_("None chosen: for all agents."),
    )
    shown_from = models.DateTimeField(_("shown from"))
    shown_until = models.DateTimeField(_("shown until"), null=True, blank=True)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("written by"),
    )
    created_at = models.DateTimeField(_("written"), auto_now_add=True)

    class Meta:
        verbose_name = _("announcement")
        verbose_name_plural = _("announcements")
        ordering = ["-is_pinned", "-shown_from", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(shown_until__isnull=True) | Q(shown_until__gt=F("shown_from")),
                name="announcement_dates",
                violation_error_message=_("The end is before the beginning."),
            ),
        ]
        indexes = [models.Index(fields=["-shown_from"], name="announcements_by_date")]

    def __str__(self) -> str:
        return self.title

    @property
    def heading(self) -> str:
        return in_language(self.title, self.title_en)

    @property
    def text(self) -> str:
        return in_language(self.body, self.body_en)

    @property
    def must_be_confirmed(self) -> bool:
        return self.importance == Importance.IMPORTANT


class AnnouncementRead(models.Model):
    """An agent has read an announcement; an important one also confirmed it."""

    announcement = models.ForeignKey(
        Announcement, models.CASCADE, related_name="reads", verbose_name=_("announcement")
    )
    agent = models.ForeignKey(Agent, models.CASCADE, related_name="+", verbose_name=_("agent"))
    read_at = models.DateTimeField(_("read"), auto_now_add=True)
    confirmed_at = models.DateTimeField(_("confirmed"), null=True, blank=True)

    class Meta:
        verbose_name = _("reader of an announcement")
        verbose_name_plural = _("readers of announcements")
        constraints = [
            models.UniqueConstraint(fields=["agent", "announcement"], name="announcement_read_once")
        ]

    def __str__(self) -> str:
        return f"{self.agent_id}: {self.announcement_id}"
