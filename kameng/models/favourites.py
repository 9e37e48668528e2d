"""The goods that an agent wants at hand, in the order that it chose."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from catalog.models import SKU
from kameng.models.agents import Agent


class Favourite(models.Model):
    """One SKU on an agent's own list; lists are short and read whole."""

    agent = models.ForeignKey(
        Agent, models.CASCADE, related_name="favourites", db_index=False, verbose_name=_("agent")
    )
    sku = models.ForeignKey(SKU, models.CASCADE, related_name="+", verbose_name=_("SKU"))
    position = models.IntegerField(_("position"))
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("favourite")
        verbose_name_plural = _("favourites")
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["agent", "sku"], name="favourite_once"),
        ]

    def __str__(self) -> str:
        return f"{self.agent_id} {self.sku_id}"
