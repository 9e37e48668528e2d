"""Maintenance windows of suppliers and of single offers."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from suppliers.maintenance import SHOP_ZONE


class WindowQuerySet(models.QuerySet["MaintenanceWindow"]):
    def now(self, moment: datetime) -> WindowQuerySet:
        """Those that are at a moment: what `suppliers.maintenance` decides, for many."""
        clock = moment.astimezone(SHOP_ZONE).time()
        over_midnight = Q(daily_until__lt=F("daily_from")) & (
            Q(daily_from__lte=clock) | Q(daily_until__gt=clock)
        )
        return self.filter(
            Q(starts_at__lte=moment, ends_at__gt=moment)
            | Q(daily_from__lte=clock, daily_until__gt=clock)
            | over_midnight
        )


class MaintenanceWindow(models.Model):
    """When a supplier, or one of its offers, takes no orders: dated, or daily by the shop's clock.

    A daily window whose end is before its start runs over midnight.
    """

    supplier = models.ForeignKey(
        "suppliers.Supplier",
        models.CASCADE,
        null=True,
        blank=True,
        related_name="windows",
        verbose_name=_("supplier"),
    )
    offer = models.ForeignKey(
        "suppliers.Offer",
        models.CASCADE,
        null=True,
        blank=True,
        related_name="windows",
        verbose_name=_("offer"),
    )
    starts_at = models.DateTimeField(_("from"), null=True, blank=True)
    ends_at = models.DateTimeField(_("until"), null=True, blank=True)
    daily_from = models.TimeField(_("daily from"), null=True, blank=True)
    daily_until = models.TimeField(_("daily until"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=200)

    objects = WindowQuerySet.as_manager()

    class Meta:
        verbose_name = _("maintenance window")
        verbose_name_plural = _("maintenance windows")
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(supplier__isnull=False, offer__isnull=True)
                | Q(supplier__isnull=True, offer__isnull=False),
                name="window_of_supplier_or_offer",
                violation_error_message=_("Name either the supplier or one of its offers."),
            ),
            models.CheckConstraint(
                condition=Q(
                    starts_at__isnull=False,
                    ends_at__gt=F("starts_at"),
                    daily_from__isnull=True,
                    daily_until__isnull=True,
                )
                | (
                    Q(
                        starts_at__isnull=True,
                        ends_at__isnull=True,
                        daily_from__isnull=False,
                        daily_until__isnull=False,
                    )
                    & ~Q(daily_from=F("daily_until"))
                ),
                name="window_dated_or_daily",
                violation_error_message=_(
                    "Give a start and a later end, or two different times of day: not both."
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.reason
