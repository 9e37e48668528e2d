"""What staff allow with agents' money, and the rows that say what happened to it."""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

_NOT_NEGATIVE = MinValueValidator(Decimal(0))
NOTHING = Decimal(0)


class FundsRules(models.Model):
    """One row (CNY): limits, fees, and above which amount two of staff are needed."""

    deposit_four_eyes_above = models.DecimalField(
        _("deposits: two of staff above"),
        max_digits=20,
        decimal_places=2,
        null=True,
        blank=True,
        default=Decimal(50_000),
        validators=[_NOT_NEGATIVE],
        help_text=_("A bank transfer above this is confirmed by two people. Empty: one is enough."),
    )
    withdrawal_four_eyes_above = models.DecimalField(
        _("withdrawals: two of staff above"),
        max_digits=20,
        decimal_places=2,
        null=True,
        blank=True,
        default=Decimal(20_000),
        validators=[_NOT_NEGATIVE],
        help_text=_("A withdrawal above this is approved by two people. Empty: one is enough."),
    )
    withdrawal_min = models.DecimalField(
        _("least withdrawal"),
        max_digits=20,
        decimal_places=2,
        default=Decimal(100),
        validators=[MinValueValidator(Decimal("0.01"))],
    )
    withdrawal_daily_limit = models.DecimalField(
        _("withdrawals a day at most"),
        max_digits=20,
        decimal_places=2,
        null=True,
        blank=True,
        default=Decimal(500_000),
        validators=[_NOT_NEGATIVE],
        help_text=_("Of one agent, fees included. Empty: no limit."),
    )
    fee_fixed = models.DecimalField(
        _("fee: fixed part"),
        max_digits=20,
        decimal_places=2,
        default=Decimal(0),
        validators=[_NOT_NEGATIVE],
    )
    fee_percent = models.DecimalField(
        _("fee: percent of the amount"),
        max_digits=6,
        decimal_places=3,
        default=Decimal("0.1"),
        validators=[_NOT_NEGATIVE, MaxValueValidator(Decimal(50))],
    )
    fee_min = models.DecimalField(
        _("fee at least"),
        max_digits=20,
        decimal_places=2,
        default=Decimal(2),
        validators=[_NOT_NEGATIVE],
    )
    fee_max = models.DecimalField(
        _("fee at most"),
        max_digits=20,
        decimal_places=2,
        null=True,
        blank=True,
        default=Decimal(50),
        validators=[_NOT_NEGATIVE],
        help_text=_("Empty: no upper bound."),
    )
    account_cooling_hours = models.PositiveSmallIntegerField(
        _("new bank account waits (hours)"),
        default=24,
        validators=[MaxValueValidator(24 * 30)],
        help_text=_(
            "How long after its check a changed bank account can't be paid to. The first account"
            " of an agent doesn't wait."
        ),
    )

    class Meta:
        verbose_name = _("rules for deposits and withdrawals")
        verbose_name_plural = _("rules for deposits and withdrawals")
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="funds_rules_once"),
            models.CheckConstraint(
                condition=Q(
                    fee_fixed__gte=0,
                    fee_percent__gte=0,
                    fee_percent__lte=50,
                    fee_min__gte=0,
                    withdrawal_min__gt=0,
                ),
                name="funds_rules_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(fee_max__isnull=True) | Q(fee_max__gte=F("fee_min")),
                name="funds_fee_max_at_least_min",
                violation_error_message=_("The highest fee is below the lowest one."),
            ),
            models.CheckConstraint(
                condition=Q(withdrawal_daily_limit__isnull=True)
                | Q(withdrawal_daily_limit__gte=F("withdrawal_min")),
                name="funds_day_allows_one",
                violation_error_message=_("A day must allow the least withdrawal."),
            ),
        ]

    def __str__(self) -> str:
        return str(self._meta.verbose_name)

    @property
    def fee_percent_text(self) -> str:
        """Without the zeros that say nothing."""
        return f"{self.fee_percent.normalize():f}"


class FinanceDesk(FundsRules):
    """What waits for staff, as a page of its own in the back office: it has no rows."""

    class Meta:
        proxy = True
        verbose_name = _("finance desk")
        verbose_name_plural = _("finance desk")


class MoneyEvent(models.Model):
    """One step of something that moves money, append-only: who, when, why. The agent reads it."""

    status = models.CharField(_("status"), max_length=12)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("by"),
    )
    note = models.CharField(_("note"), max_length=300, blank=True)
    at = models.DateTimeField(_("at"), auto_now_add=True)

    class Meta:
        abstract = True
        ordering = ["id"]

    def __str__(self) -> str:
        return self.status
