"""What keeps orders from a supplier or an offer by itself: pauses and stops, each with its end.

A person's closing (`is_open`) is another thing and stands above both: nothing here ever opens it.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class PauseCause(models.TextChoices):
    FAILURES = "failures", _("many failures")
    UNKNOWN = "unknown", _("many unknown results")
    SILENCE = "silence", _("no answers")
    BALANCE = "balance", _("balance exhausted")


class SupplierPause(models.Model):
    """Orders don't go to this supplier until the pause ends (suppliers/health/pausing.py).

    Half-open: from `trial_at` on, `trial_slots` more orders may go there; 0 while it is shut. All
    delivered ends the pause; one that isn't shuts it again until `retry_at`.
    """

    supplier = models.ForeignKey(
        "suppliers.Supplier", models.PROTECT, related_name="pauses", verbose_name=_("supplier")
    )
    cause = models.CharField(_("cause"), max_length=10, choices=PauseCause.choices)
    # The figures behind it; suppliers/health/words.py makes a sentence of them.
    facts: models.JSONField[dict[str, str]] = models.JSONField(default=dict, blank=True)
    began_at = models.DateTimeField(_("since"))
    retry_at = models.DateTimeField(_("next try"))
    trial_at = models.DateTimeField(_("on trial since"), null=True, blank=True)
    trial_slots = models.PositiveSmallIntegerField(_("orders on trial left"), default=0)
    failed_trials = models.PositiveSmallIntegerField(_("failed trials"), default=0)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("ended by"),
    )
    end_reason = models.CharField(_("reason of the end"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("pause")
        verbose_name_plural = _("pauses")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["supplier"], condition=Q(ended_at=None), name="one_open_pause"
            ),
            models.CheckConstraint(
                condition=Q(trial_slots=0) | Q(trial_at__isnull=False),
                name="pause_slots_only_on_trial",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.supplier_id} {self.cause}"

    @property
    def is_on_trial(self) -> bool:
        return self.trial_at is not None and self.ended_at is None


class StopCause(models.TextChoices):
    COST = "cost", _("costs more than it sells for")
    GONE = "gone", _("gone from the supplier's list")
    UNAVAILABLE = "unavailable", _("the supplier doesn't sell it now")
    CHANGED = "changed", _("other goods under the same number")


class OfferStop(models.Model):
    """An offer that was taken out by itself, and why; it is back when all its stops have ended."""

    offer = models.ForeignKey(
        "suppliers.Offer", models.CASCADE, related_name="stops", verbose_name=_("offer")
    )
    cause = models.CharField(_("cause"), max_length=12, choices=StopCause.choices)
    facts: models.JSONField[dict[str, str]] = models.JSONField(default=dict, blank=True)
    began_at = models.DateTimeField(_("since"))
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    class Meta:
        verbose_name = _("stop of an offer")
        verbose_name_plural = _("stops of offers")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["offer", "cause"], condition=Q(ended_at=None), name="one_open_stop"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.offer_id} {self.cause}"
