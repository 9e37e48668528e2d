"""The numbers that members top up."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.models import Carrier
from kalegou.models.members import Member


class SavedNumber(models.Model):
    """A number that a member topped up, for one-click top-up.

    `carrier` is the one that the member chose, for a number that moved to another carrier.
    """

    member = models.ForeignKey(
        Member, models.CASCADE, related_name="saved_numbers", verbose_name=_("member")
    )
    phone = models.CharField(_("mobile number"), max_length=11)
    carrier = models.CharField(_("carrier"), max_length=10, choices=Carrier.choices, blank=True)
    label = models.CharField(_("name"), max_length=30, blank=True)
    last_used_at = models.DateTimeField(_("last used"), default=timezone.now)

    class Meta:
        verbose_name = _("saved number")
        verbose_name_plural = _("saved numbers")
        ordering = ["-last_used_at"]
        constraints = [
            models.UniqueConstraint(fields=["member", "phone"], name="saved_number_once"),
        ]

    def __str__(self) -> str:
        return self.phone
