"""Members who want to hear when something sold out can be bought again."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from catalog.models import SKU
from users.models import User


class RestockWish(models.Model):
    """One person waits for one SKU, until they are told (`told_at`), once."""

    user = models.ForeignKey(
        User, models.CASCADE, related_name="restock_wishes", verbose_name=_("member")
    )
    sku = models.ForeignKey(SKU, models.CASCADE, related_name="+", verbose_name=_("SKU"))
    created_at = models.DateTimeField(_("asked"), auto_now_add=True)
    told_at = models.DateTimeField(_("told"), null=True, blank=True)

    class Meta:
        verbose_name = _("wish to be told of stock")
        verbose_name_plural = _("wishes to be told of stock")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "sku"], condition=Q(told_at=None), name="restock_wish_once"
            ),
        ]
        indexes = [
            models.Index(fields=["sku", "id"], condition=Q(told_at=None), name="restock_wish_open"),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.sku}"
