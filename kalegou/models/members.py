"""Members and their levels."""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from catalog.models import Named
from ledger.models import Account
from orders.limit_fields import BuyerLimits, GroupLimits


class MemberLevel(GroupLimits, Named):
    """A level is reached by growth over the last 12 months: it decides price, points, limits."""

    code = models.SlugField(_("code"), unique=True)
    min_growth = models.PositiveIntegerField(_("growth from"), unique=True)
    price_rate = models.DecimalField(
        _("share of list price"), max_digits=6, decimal_places=4, default=1
    )
    points_multiplier = models.DecimalField(
        _("points multiplier"), max_digits=6, decimal_places=2, default=1
    )
    reach_points = models.PositiveIntegerField(
        _("points on reaching it"), default=0, help_text=_("Once for each member.")
    )
    reach_coupon = models.ForeignKey(
        "kalegou.Coupon",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("coupon on reaching it"),
    )
    birthday_points = models.PositiveIntegerField(
        _("points on a birthday"), default=0, help_text=_("Once a year.")
    )
    birthday_coupon = models.ForeignKey(
        "kalegou.Coupon",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("coupon on a birthday"),
    )

    class Meta:
        verbose_name = _("member level")
        verbose_name_plural = _("member levels")
        ordering = ["min_growth"]
        constraints = [
            models.CheckConstraint(
                condition=Q(price_rate__gt=0) & Q(price_rate__lte=1), name="level_price_range"
            ),
            models.CheckConstraint(
                condition=Q(points_multiplier__gte=0), name="level_multiplier_range"
            ),
        ]

    @property
    def percent(self) -> Decimal:
        """What the level pays of the list price, in per cent."""
        return self.price_rate * 100


class Member(BuyerLimits):
    """A retail customer with an account: a wallet (CNY) and points (POINT).

    `points_owed` are points that a refund should have taken back when they had been spent already;
    what the member earns next pays them first (kalegou/services/rewarding.py).
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="member", verbose_name=_("person")
    )
    level = models.ForeignKey(
        MemberLevel, models.PROTECT, related_name="members", verbose_name=_("level")
    )
    wallet = models.OneToOneField(Account, models.PROTECT, related_name="+")
    points = models.OneToOneField(Account, models.PROTECT, related_name="+")
    points_owed = models.PositiveIntegerField(_("points owed"), default=0)
    # The member says it once (kalegou/services/gifting.py); a gift comes once a year.
    birthday = models.DateField(_("birthday"), null=True, blank=True)
    birthday_set_on = models.DateField(_("birthday told on"), null=True, blank=True)
    joined_at = models.DateTimeField(_("joined"), auto_now_add=True)

    class Meta:
        verbose_name = _("member")
        verbose_name_plural = _("members")

    def __str__(self) -> str:
        return str(self.user)
