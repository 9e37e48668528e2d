"""What was sold, added up: by agent, SKU and day, so that boards needn't read a million orders.

Counted is every wholesale order of which something was delivered, on the day (where the shop is)
on which it ended, with the refunds that it has had since. `kameng/services/sales.py` fills these
tables behind the purchases; `kameng/queries/sales.py` adds what ended a moment ago, so nobody reads
stale numbers. `manage.py check_ledger` compares them with the orders.
"""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from catalog.models import SKU
from kameng.models.agents import Agent
from kameng.models.commissions import Commission
from orders.models import Order


class Scope(models.TextChoices):
    """Whose purchases: an agent's own, or those of everybody below it."""

    OWN = "own", _("own purchases")
    BELOW = "below", _("purchases below")


def _amount(name: Any) -> Any:
    return models.DecimalField(name, max_digits=20, decimal_places=4, default=0)


def _key_of(model: type[models.Model]) -> Any:
    """A reference without an index or a constraint of its own.

    The orders behind these rows hold the real ones, and what nobody searches by needs no index.
    """
    return models.ForeignKey(
        model, models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )


class SalesDay(models.Model):
    """One agent, SKU and day (CNY). An order counts in one own row and in one row of each upline.

    The uplines are those of today: a moved subtree takes what it bought along (a trigger).
    """

    agent = _key_of(Agent)
    scope = models.CharField(_("whose"), max_length=5, choices=Scope.choices)
    day = models.DateField(_("day"))
    sku = _key_of(SKU)
    orders = models.PositiveIntegerField(_("orders"), default=0)
    quantity = models.PositiveBigIntegerField(_("units delivered"), default=0)
    sales = _amount(_("ordered"))
    refunds = _amount(_("refunded"))

    class Meta:
        verbose_name = _("sales of a day")
        verbose_name_plural = _("sales by day")
        constraints = [
            models.UniqueConstraint(fields=["agent", "scope", "day", "sku"], name="sales_day_once"),
        ]


class SalesMonth(models.Model):
    """One agent and month, all SKUs: kept after refunds (CNY). `month` is its first day."""

    agent = _key_of(Agent)
    month = models.DateField(_("month"))
    own_orders = models.PositiveIntegerField(default=0)
    own = _amount(_("own purchases"))
    below = _amount(_("purchases below"))

    class Meta:
        verbose_name = _("sales of a month")
        verbose_name_plural = _("sales by month")
        constraints = [
            models.UniqueConstraint(fields=["agent", "month"], name="sales_month_once"),
        ]
        indexes = [
            # For rankings: everybody's month without a look at the table.
            models.Index(
                fields=["month", "agent"], include=["own", "below"], name="sales_of_month"
            ),
        ]


class EarnedDay(models.Model):
    """What an agent keeps of the commissions on one buyer's orders of a SKU and day (CNY)."""

    agent = _key_of(Agent)
    day = models.DateField(_("day"))
    buyer = _key_of(Agent)
    sku = _key_of(SKU)
    amount = _amount(_("kept"))

    class Meta:
        verbose_name = _("commissions of a day")
        verbose_name_plural = _("commissions by day")
        constraints = [
            models.UniqueConstraint(
                fields=["agent", "day", "buyer", "sku"], name="earned_day_once"
            ),
        ]
        indexes = [models.Index(fields=["agent", "buyer", "day"], name="earned_from_buyer")]


class SalesUpTo(models.Model):
    """One row: orders that ended up to this moment are added up, later ones aren't."""

    upto = models.DateTimeField()

    class Meta:
        verbose_name = _("sales are added up to")
        verbose_name_plural = _("sales are added up to")
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="sales_upto_once")]


class SalesCorrection(models.Model):
    """A refund of an order that had ended, waiting to be added up. Written by a trigger."""

    order = _key_of(Order)
    refunded = _amount(_("refunded"))


class EarnedCorrection(models.Model):
    """A commission that a refund took back, waiting to be added up. Written by a trigger."""

    commission = _key_of(Commission)
    taken_back = _amount(_("taken back"))
