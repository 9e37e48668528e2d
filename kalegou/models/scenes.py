"""What the front page is arranged by: occasions of a person's day, not our categories."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from mptt.models import TreeManyToManyField

from catalog.models import Category, Named, in_language


class SceneIcon(models.TextChoices):
    """Drawn by us: templates/kalegou/scenes/<value>.svg."""

    PHONE = "phone", _("phone")
    GAMES = "games", _("game pad")
    MEDIA = "media", _("screen and note")
    LIFE = "life", _("cup and bag")
    WORK = "work", _("laptop")
    TRAVEL = "travel", _("ticket")
    GIFT = "gift", _("present")


class Scene(Named):
    """One scene of the front page: which categories it shows, with everything below them."""

    code = models.SlugField(_("code"), unique=True)
    tagline = models.CharField(_("in a few words"), max_length=40, blank=True)
    tagline_en = models.CharField(_("in a few English words"), max_length=60, blank=True)
    icon = models.CharField(_("icon"), max_length=12, choices=SceneIcon.choices)
    categories = TreeManyToManyField(
        Category,
        related_name="scenes",
        verbose_name=_("categories"),
        help_text=_("Everything below them belongs to the scene, too."),
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    is_visible = models.BooleanField(_("visible"), default=True)

    class Meta:
        verbose_name = _("scene")
        verbose_name_plural = _("scenes")
        ordering = ["position", "id"]

    @property
    def tagline_label(self) -> str:
        return in_language(self.tagline, self.tagline_en)
