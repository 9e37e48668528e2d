"""What the shop measures of itself: seconds of real orders, kept for pages (services/measuring.py).

Percentiles are of real orders: `p95_seconds` is the time within which 95 of 100 had arrived.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from catalog.models import SKU, Product


class Promise(models.TextChoices):
    """What is promised, by what it is measured of."""

    CARDS = "cards", _("card codes")
    FAST = "fast", _("fast top-up")
    SLOW = "slow", _("slow top-up")
    REFUND_WALLET = "refund_wallet", _("refund to the balance")
    REFUND_GATEWAY = "refund_gateway", _("refund to a payment service")
    FIRST_ANSWER = "first_answer", _("first answer of our service")


class Period(models.TextChoices):
    DAY = "day", _("last 24 hours")
    MONTH = "month", _("last 30 days")


class _Measured(models.Model):
    """`median_seconds` and `p95_seconds` are empty when nothing happened in the period."""

    count = models.PositiveIntegerField(_("count"), default=0)
    median_seconds = models.FloatField(_("median (s)"), null=True)
    p95_seconds = models.FloatField(_("95 of 100 within (s)"), null=True)
    measured_at = models.DateTimeField(_("measured"))

    class Meta:
        abstract = True


class PromiseMeasure(_Measured):
    """How one promise was kept in one period, over the whole shop."""

    promise = models.CharField(_("promise"), max_length=16, choices=Promise.choices)
    period = models.CharField(_("period"), max_length=8, choices=Period.choices)
    # What measuring the whole period took: it isn't done more often than that allows.
    took_seconds = models.FloatField(_("measuring took (s)"), default=0)

    class Meta:
        verbose_name = _("measured promise")
        verbose_name_plural = _("measured promises")
        constraints = [
            models.UniqueConstraint(fields=["promise", "period"], name="promise_measured_once"),
        ]

    def __str__(self) -> str:
        return f"{self.get_promise_display()} · {self.get_period_display()}"


class GoodsMeasure(_Measured):
    """Retail orders of a product (`sku` empty) or of one of its SKUs, delivered in 30 days."""

    product = models.ForeignKey(Product, models.CASCADE, related_name="+", db_index=False)
    sku = models.ForeignKey(SKU, models.CASCADE, null=True, related_name="+")

    class Meta:
        verbose_name = _("measured delivery")
        verbose_name_plural = _("measured deliveries")
        constraints = [
            models.UniqueConstraint(
                fields=["product", "sku"], nulls_distinct=False, name="goods_measured_once"
            ),
        ]
        indexes = [
            models.Index(
                fields=["-count", "product"], condition=Q(sku__isnull=True), name="best_sellers"
            ),
        ]

    def __str__(self) -> str:
        return str(self.sku or self.product)
