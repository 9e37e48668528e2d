"""The audit log."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from users.models.people import User


class AuditLog(models.Model):
    """Who did what to what, and why. Append-only: the database refuses changes.

    Written by services in the same transaction as what it tells about.
    """

    at = models.DateTimeField(_("at"), auto_now_add=True)
    actor = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("by")
    )
    action = models.CharField(_("action"), max_length=60)
    target = models.CharField(_("target"), max_length=100)
    reason = models.TextField(_("reason"), blank=True)
    details: models.JSONField[dict[str, Any]] = models.JSONField(
        _("details"), default=dict, blank=True
    )

    class Meta:
        verbose_name = _("audit record")
        verbose_name_plural = _("audit log")
        ordering = ["-id"]
        indexes = [models.Index(fields=["target", "id"])]

    def __str__(self) -> str:
        return f"{self.action} {self.target}"
