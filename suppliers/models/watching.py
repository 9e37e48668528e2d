"""Watching suppliers: the rules, what was read, and the counts of each hour."""

from __future__ import annotations

from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from suppliers.models.suppliers import Supplier

_SHARE = [MinValueValidator(Decimal("0.01")), MaxValueValidator(Decimal(1))]


class HealthRule(models.Model):
    """When a supplier is paused and tried again, and when staff are told. Amounts are CNY."""

    supplier = models.OneToOneField(
        Supplier, models.CASCADE, related_name="health_rule", verbose_name=_("supplier")
    )
    pauses_automatically = models.BooleanField(
        _("pause automatically"),
        default=True,
        help_text=_("Off: staff are told, and orders go on."),
    )
    # A person opened it again: no pause before this.
    hold_until = models.DateTimeField(
        _("no automatic pause before"), null=True, blank=True, editable=False
    )
    window_minutes = models.PositiveSmallIntegerField(
        _("look at the last (min)"), default=15, validators=[MinValueValidator(1)]
    )
    failure_count = models.PositiveSmallIntegerField(
        _("pause at this many failures"), default=5, validators=[MinValueValidator(1)]
    )
    failure_share = models.DecimalField(
        _("and this share of failures"),
        max_digits=3,
        decimal_places=2,
        default=Decimal("0.50"),
        validators=_SHARE,
    )
    unknown_count = models.PositiveSmallIntegerField(
        _("pause at this many unknown results"), default=5, validators=[MinValueValidator(1)]
    )
    unknown_share = models.DecimalField(
        _("and this share of unknown results"),
        max_digits=3,
        decimal_places=2,
        default=Decimal("0.30"),
        validators=_SHARE,
    )
    silence_count = models.PositiveSmallIntegerField(
        _("pause at this many orders without an answer"),
        default=4,
        validators=[MinValueValidator(1)],
    )
    retry_minutes = models.PositiveSmallIntegerField(
        _("try again after (min)"),
        default=5,
        validators=[MinValueValidator(1)],
        help_text=_("Doubled with each trial that fails, up to two hours."),
    )
    trial_orders = models.PositiveSmallIntegerField(
        _("orders on trial"), default=3, validators=[MinValueValidator(1)]
    )
    low_balance = models.DecimalField(
        _("tell when the balance is below (¥)"), max_digits=20, decimal_places=4, default=0
    )
    low_hours = models.PositiveSmallIntegerField(_("tell when it lasts less than (h)"), default=24)

    class Meta:
        verbose_name = _("rules of health")
        verbose_name_plural = _("rules of health")
        constraints = [
            models.CheckConstraint(condition=Q(low_balance__gte=0), name="rule_low_balance"),
            models.CheckConstraint(condition=Q(trial_orders__gte=1), name="rule_trial_orders"),
        ]

    def __str__(self) -> str:
        return str(self.supplier_id)


class BalanceReading(models.Model):
    """One time that a supplier was asked for our balance there (CNY); None: it didn't say."""

    supplier = models.ForeignKey(
        Supplier, models.CASCADE, related_name="balance_readings", db_index=False
    )
    balance = models.DecimalField(_("balance"), max_digits=20, decimal_places=4, null=True)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("balance reading")
        verbose_name_plural = _("balance readings")
        ordering = ["-id"]
        indexes = [models.Index(fields=["supplier", "-at"], name="reading_of_supplier")]

    def __str__(self) -> str:
        return f"{self.supplier_id} {self.balance}"


class SupplierHour(models.Model):
    """What a supplier's attempts of one hour came to; `spent` is their cost without the failed."""

    supplier = models.ForeignKey(Supplier, models.CASCADE, related_name="hours", db_index=False)
    hour = models.DateTimeField(_("hour"))
    attempts = models.PositiveIntegerField(_("attempts"))
    succeeded = models.PositiveIntegerField(_("delivered"))
    failed = models.PositiveIntegerField(_("failed"))
    unknown = models.PositiveIntegerField(_("unknown at some time"))
    p50_seconds = models.FloatField(null=True)
    p95_seconds = models.FloatField(null=True)
    spent = models.DecimalField(_("spent"), max_digits=20, decimal_places=4)

    class Meta:
        verbose_name = _("supplier's hour")
        verbose_name_plural = _("suppliers' hours")
        ordering = ["hour"]
        constraints = [
            models.UniqueConstraint(fields=["supplier", "hour"], name="supplier_hour_once"),
        ]

    def __str__(self) -> str:
        return f"{self.supplier_id} {self.hour:%m-%d %H}"


class SupplierHealth(Supplier):
    """A supplier as the page “which supplier needs me now?” shows it."""

    class Meta:
        proxy = True
        verbose_name = _("supplier's health")
        verbose_name_plural = _("suppliers' health")
