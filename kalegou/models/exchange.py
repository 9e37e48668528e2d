"""Goods for points: what staff offer, and which orders took it."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.models import SKU
from kalegou.models.members import Member


class ExchangeItem(models.Model):
    """One SKU for points. `taken` units are with orders now; the database holds it to `most`."""

    sku = models.ForeignKey(SKU, models.PROTECT, related_name="+", verbose_name=_("SKU"))
    points = models.PositiveIntegerField(_("points for one"))
    most = models.PositiveIntegerField(
        _("units"), null=True, blank=True, help_text=_("The most in all; empty: no limit.")
    )
    per_member = models.PositiveIntegerField(
        _("units for one member"), null=True, blank=True, help_text=_("Empty: no limit.")
    )
    is_open = models.BooleanField(_("open"), default=True)
    starts_at = models.DateTimeField(_("from"), default=timezone.now)
    ends_at = models.DateTimeField(_("until"), null=True, blank=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    taken = models.PositiveIntegerField(_("taken"), default=0)

    class Meta:
        verbose_name = _("goods for points")
        verbose_name_plural = _("exchange shop")
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["sku"],
                condition=Q(is_open=True),
                name="exchange_once_a_sku",
                violation_error_message=_("This SKU is in the exchange shop already."),
            ),
            models.CheckConstraint(condition=Q(points__gte=1), name="exchange_costs_points"),
            models.CheckConstraint(
                condition=Q(most__isnull=True) | Q(taken__lte=F("most")),
                name="exchange_within_units",
            ),
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(ends_at__gt=F("starts_at")),
                name="exchange_dates",
                violation_error_message=_("The end is before the beginning."),
            ),
        ]

    def __str__(self) -> str:
        return str(self.sku)

    @property
    def left(self) -> int | None:
        return None if self.most is None else max(self.most - self.taken, 0)


class ExchangeUse(models.Model):
    """An order that took `quantity` units; those that weren't delivered aren't counted any more."""

    item = models.ForeignKey(
        ExchangeItem, models.PROTECT, related_name="uses", verbose_name=_("goods for points")
    )
    member = models.ForeignKey(
        Member, models.PROTECT, related_name="exchanges", verbose_name=_("member")
    )
    order_no = models.CharField(_("order"), max_length=32, unique=True)
    points = models.PositiveIntegerField(_("points"))
    quantity = models.PositiveIntegerField(_("units"))
    used_at = models.DateTimeField(_("at"), default=timezone.now)

    class Meta:
        verbose_name = _("exchange")
        verbose_name_plural = _("exchanges")
        ordering = ["-id"]
        indexes = [models.Index(fields=["item", "member"], name="exchanges_by_member")]

    def __str__(self) -> str:
        return self.order_no
