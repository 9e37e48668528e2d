"""What agents pay: tier prices, tier discounts, contract prices, markups."""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _

from catalog.models import SKU, Category
from kameng.models.agents import Agent, Tier


class TierPrice(models.Model):
    """A tier's price (CNY) for one SKU."""

    tier = models.ForeignKey(Tier, models.CASCADE, related_name="prices", verbose_name=_("tier"))
    sku = models.ForeignKey(SKU, models.CASCADE, related_name="tier_prices", verbose_name=_("SKU"))
    price = models.DecimalField(_("price"), max_digits=20, decimal_places=4)

    class Meta:
        verbose_name = _("tier price")
        verbose_name_plural = _("tier prices")
        constraints = [
            models.UniqueConstraint(fields=["sku", "tier"], name="tier_price_once"),
            models.CheckConstraint(condition=Q(price__gt=0), name="tier_price_positive"),
        ]

    def __str__(self) -> str:
        return f"¥{self.price}"


class TierDiscount(models.Model):
    """A tier's price in a category as a share of the list price: 0.95 is 5% off.

    It also holds for the categories below, unless one of them has its own.
    """

    tier = models.ForeignKey(Tier, models.CASCADE, related_name="discounts", verbose_name=_("tier"))
    category = models.ForeignKey(
        Category, models.CASCADE, related_name="tier_discounts", verbose_name=_("category")
    )
    rate = models.DecimalField(_("share of list price"), max_digits=6, decimal_places=4)

    class Meta:
        verbose_name = _("tier discount")
        verbose_name_plural = _("tier discounts")
        constraints = [
            models.UniqueConstraint(fields=["category", "tier"], name="tier_discount_once"),
            models.CheckConstraint(
                condition=Q(rate__gt=0) & Q(rate__lte=1), name="tier_discount_range"
            ),
        ]

    def __str__(self) -> str:
        return f"× {self.rate}"


class _Period(Func):
    function = "tstzrange"


class ContractPrice(models.Model):
    """密价: a price agreed with one agent for one SKU, between two dates, one at a time."""

    agent = models.ForeignKey(
        Agent, models.CASCADE, related_name="contract_prices", verbose_name=_("agent")
    )
    sku = models.ForeignKey(
        SKU, models.CASCADE, related_name="contract_prices", verbose_name=_("SKU")
    )
    price = models.DecimalField(_("price"), max_digits=20, decimal_places=4)
    valid_from = models.DateTimeField(_("from"))
    valid_until = models.DateTimeField(_("until"), null=True, blank=True)

    class Meta:
        verbose_name = _("contract price")
        verbose_name_plural = _("contract prices")
        indexes = [models.Index(fields=["agent", "sku"])]
        constraints = [
            models.CheckConstraint(condition=Q(price__gt=0), name="contract_price_positive"),
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gt=F("valid_from")),
                name="contract_price_dates",
            ),
            ExclusionConstraint(
                name="contract_price_one_at_a_time",
                expressions=[
                    ("agent", RangeOperators.EQUAL),
                    ("sku", RangeOperators.EQUAL),
                    (_Period("valid_from", "valid_until"), RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"¥{self.price}"


class DownlineMarkup(models.Model):
    """What an upline adds to its own price for its direct downline.

    For a SKU, else for the nearest category, else for everything.
    """

    upline = models.ForeignKey(
        Agent, models.CASCADE, related_name="markups", verbose_name=_("upline")
    )
    category = models.ForeignKey(
        Category,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="markups",
        verbose_name=_("category"),
    )
    sku = models.ForeignKey(
        SKU,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="markups",
        verbose_name=_("SKU (empty: all)"),
    )
    rate = models.DecimalField(_("added share"), max_digits=6, decimal_places=4)

    class Meta:
        verbose_name = _("downline markup")
        verbose_name_plural = _("downline markups")
        constraints = [
            models.UniqueConstraint(
                fields=["upline", "category", "sku"],
                name="markup_once_each",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=Q(category__isnull=True) | Q(sku__isnull=True), name="markup_of_one_thing"
            ),
            models.CheckConstraint(condition=Q(rate__gte=0) & Q(rate__lte=1), name="markup_range"),
        ]

    def __str__(self) -> str:
        return f"+ {self.rate}"
