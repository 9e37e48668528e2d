"""What a supplier sold under an offer's product number when we agreed to it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from catalog.models import DeliveryKind


class KnownGoods(models.Model):
    """The goods that an offer is for. A supplier may reuse its number for others; then nothing is
    sent there before a person has agreed (suppliers/pricelists/knowing.py)."""

    offer = models.OneToOneField(
        "suppliers.Offer", models.CASCADE, related_name="known_goods", verbose_name=_("offer")
    )
    ref = models.CharField(_("supplier's product"), max_length=64)
    name = models.CharField(_("name"), max_length=200)
    kind = models.CharField(_("delivery"), max_length=8, choices=DeliveryKind.choices)
    face_value = models.DecimalField(
        _("face value"), max_digits=20, decimal_places=4, null=True, blank=True
    )
    is_rate = models.BooleanField(_("cost is a rate"), default=False)
    agreed_at = models.DateTimeField(_("agreed"))
    # Empty: as the list said when the offer was first seen on it.
    agreed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("agreed by"),
    )

    class Meta:
        verbose_name = _("goods of an offer")
        verbose_name_plural = _("goods of offers")

    def __str__(self) -> str:
        return f"{self.offer_id}: {self.name} ({self.ref})"
