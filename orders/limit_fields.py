"""Columns for limits, the same for agents and members: a group has defaults, a buyer exceptions."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from orders.limits import Limits

# Until staff have seen papers: enough to try the shop, too little to launder money through it.
UNVERIFIED = Limits(single=Decimal(2_000), daily=Decimal(5_000), monthly=Decimal(20_000))


def _amount(name: Any, default: Decimal | None = None) -> Any:
    return models.DecimalField(
        name,
        max_digits=20,
        decimal_places=2,
        null=True,
        blank=True,
        default=default,
        validators=[MinValueValidator(Decimal("0.01"))],
    )


class GroupLimits(models.Model):
    """What holds for everybody of a tier or level; an empty one is no limit. CNY."""

    single_limit = _amount(_("one order at most"))
    daily_limit = _amount(_("a day at most"))
    monthly_limit = _amount(_("a month at most"))
    unverified_single_limit = _amount(_("unverified: one order"), UNVERIFIED.single)
    unverified_daily_limit = _amount(_("unverified: a day"), UNVERIFIED.daily)
    unverified_monthly_limit = _amount(_("unverified: a month"), UNVERIFIED.monthly)

    class Meta:
        abstract = True

    @property
    def verified(self) -> Limits:
        return Limits(self.single_limit, self.daily_limit, self.monthly_limit)

    @property
    def unverified(self) -> Limits:
        return Limits(
            self.unverified_single_limit,
            self.unverified_daily_limit,
            self.unverified_monthly_limit,
        )


class BuyerLimits(models.Model):
    """One buyer's own limits (CNY), which go before those of the group; empty: as the group."""

    verified_at = models.DateTimeField(_("verified"), null=True, blank=True)
    own_single_limit = _amount(_("own limit: one order"))
    own_daily_limit = _amount(_("own limit: a day"))
    own_monthly_limit = _amount(_("own limit: a month"))

    class Meta:
        abstract = True

    @property
    def own(self) -> Limits:
        return Limits(self.own_single_limit, self.own_daily_limit, self.own_monthly_limit)


# In rows of a form: verified, unverified.
GROUP_LIMIT_FIELDS = (
    ("single_limit", "unverified_single_limit"),
    ("daily_limit", "unverified_daily_limit"),
    ("monthly_limit", "unverified_monthly_limit"),
)
