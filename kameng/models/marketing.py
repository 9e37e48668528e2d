"""Marketing material: posters with a place for the agent's QR code, and texts."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from catalog.models import in_language
from kameng.models.agents import Agent

LINK, CODE = "{link}", "{code}"


class Poster(models.Model):
    """A picture, and the square in it where the QR code goes (pixels from the top left corner)."""

    title = models.CharField(_("title"), max_length=80)
    title_en = models.CharField(_("title in English"), max_length=80, blank=True)
    image = models.FileField(
        _("picture"),
        upload_to="posters",
        help_text=_("PNG or JPG, at most 5 MB and 4000 pixels a side."),
    )
    qr_left = models.PositiveIntegerField(_("QR code: from the left"))
    qr_top = models.PositiveIntegerField(_("QR code: from the top"))
    qr_size = models.PositiveIntegerField(
        _("QR code: width"),
        validators=[MinValueValidator(120), MaxValueValidator(4000)],
        help_text=_("In pixels, white margin included; at least 120, so that phones can read it."),
    )
    shows_code = models.BooleanField(
        _("invite code below"),
        default=True,
        help_text=_("Written in a white strip below the QR code, a fifth of its height."),
    )
    is_shown = models.BooleanField(_("shown to agents"), default=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    created_at = models.DateTimeField(_("uploaded"), auto_now_add=True)

    class Meta:
        verbose_name = _("poster")
        verbose_name_plural = _("posters")
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.title

    @property
    def label(self) -> str:
        return in_language(self.title, self.title_en)


class PromoText(models.Model):
    """A text to send, where {link} and {code} become the agent's own."""

    title = models.CharField(_("title"), max_length=80)
    title_en = models.CharField(_("title in English"), max_length=80, blank=True)
    body = models.TextField(
        _("text"), max_length=2000, help_text=_("{link} and {code} become the agent's own.")
    )
    body_en = models.TextField(_("text in English"), max_length=2000, blank=True)
    is_shown = models.BooleanField(_("shown to agents"), default=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("promotion text")
        verbose_name_plural = _("promotion texts")
        ordering = ["position", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(body__contains=LINK) | Q(body__contains=CODE),
                name="promo_text_leads_somewhere",
                violation_error_message=_("Write {link} or {code} where the agent's own goes."),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def label(self) -> str:
        return in_language(self.title, self.title_en)

    def filled(self, *, link: str, code: str) -> str:
        """The text with the agent's own link and code."""
        return in_language(self.body, self.body_en).replace(LINK, link).replace(CODE, code)


class ChecklistDismissal(models.Model):
    """An agent doesn't want to see the checklist for beginners any more."""

    agent = models.OneToOneField(
        Agent, models.CASCADE, related_name="checklist_dismissal", verbose_name=_("agent")
    )
    at = models.DateTimeField(_("at"), auto_now_add=True)

    class Meta:
        verbose_name = _("dismissed checklist")
        verbose_name_plural = _("dismissed checklists")

    def __str__(self) -> str:
        return str(self.agent)
