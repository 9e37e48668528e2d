"""Members and their levels, what orders earned them, and the numbers they top up."""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.models import Carrier, Named
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
    joined_at = models.DateTimeField(_("joined"), auto_now_add=True)

    class Meta:
        verbose_name = _("member")
        verbose_name_plural = _("members")

    def __str__(self) -> str:
        return str(self.user)


class GrowthRecord(models.Model):
    """Growth earned (or taken back) by one order: 1 for each whole yuan of completed goods.

    A taking back carries the `earned_at` of what it takes, so both leave the 12 months together.
    """

    member = models.ForeignKey(
        Member, models.PROTECT, related_name="growth_records", verbose_name=_("member")
    )
    order_no = models.CharField(_("order"), max_length=32, db_index=True)
    change = models.IntegerField(_("change"))
    earned_at = models.DateTimeField(_("earned"), default=timezone.now)
    created_at = models.DateTimeField(_("at"), auto_now_add=True)

    class Meta:
        verbose_name = _("growth record")
        verbose_name_plural = _("growth records")
        ordering = ["-id"]
        indexes = [models.Index(fields=["member", "earned_at"], name="growth_of_member")]

    def __str__(self) -> str:
        return f"{self.order_no} {self.change:+d}"


class PointsReason(models.TextChoices):
    REWARD = "reward", _("earned by an order")
    DISCOUNT = "discount", _("spent on an order")


class PointsRecord(models.Model):
    """Points that one order gave (positive) or took (negative): earned by it, or spent on it.

    `due` is what the rule says, `posted` what the ledger could do: a member who has spent the
    points can't give them back at once. The sum of `posted` minus `due` is `Member.points_owed`.
    """

    member = models.ForeignKey(
        Member, models.PROTECT, related_name="points_records", verbose_name=_("member")
    )
    order_no = models.CharField(_("order"), max_length=32, db_index=True)
    reason = models.CharField(
        _("what for"),
        max_length=8,
        choices=PointsReason.choices,
        default=PointsReason.REWARD,
        db_default=PointsReason.REWARD,
    )
    due = models.IntegerField(_("due"))
    posted = models.IntegerField(_("posted"))
    created_at = models.DateTimeField(_("at"), auto_now_add=True)

    class Meta:
        verbose_name = _("points record")
        verbose_name_plural = _("points records")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(due__gt=0, posted__gte=0) | Q(due__lt=0, posted__lte=0),
                name="points_posted_like_due",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order_no} {self.posted:+d}"


class SavedNumber(models.Model):
    """A number that a member topped up, for one-click top-up.

    `carrier` is the one that the member chose, for a number that moved to another carrier.
    """

    member = models.ForeignKey(
        Member, models.CASCADE, related_name="saved_numbers", verbose_name=_("member")
    )
    phone = models.CharField(_("mobile number"), max_length=11)
    carrier = models.CharField(_("carrier"), max_length=10, choices=Carrier.choices, blank=True)
    label = models.CharField(_("name"), max_length=30, blank=True)
    last_used_at = models.DateTimeField(_("last used"), default=timezone.now)

    class Meta:
        verbose_name = _("saved number")
        verbose_name_plural = _("saved numbers")
        ordering = ["-last_used_at"]
        constraints = [
            models.UniqueConstraint(fields=["member", "phone"], name="saved_number_once"),
        ]

    def __str__(self) -> str:
        return self.phone
