"""What orders earned their members: growth and points."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kalegou.models.members import Member


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
    EXCHANGE = "exchange", _("exchanged for goods")
    GIFT = "gift", _("a gift")
    EXPIRED = "expired", _("ran out")


class PointsRecord(models.Model):
    """Points that were given (positive) or taken (negative): earned by an order, spent on it, …

    Those that were earned or a gift can be spent until the end of `expires_on`; what takes earned
    ones back has the same day. Points that ran out have the day on which they did.

    `due` is what the rule says, `posted` what the ledger could do: a member who has spent the
    points can't give them back at once. The sum of `posted` minus `due` is `Member.points_owed`.
    """

    member = models.ForeignKey(
        Member, models.PROTECT, related_name="points_records", verbose_name=_("member")
    )
    order_no = models.CharField(_("order"), max_length=32, db_index=True, blank=True)
    reason = models.CharField(
        _("what for"),
        max_length=8,
        choices=PointsReason.choices,
        default=PointsReason.REWARD,
        db_default=PointsReason.REWARD,
    )
    due = models.IntegerField(_("due"))
    posted = models.IntegerField(_("posted"))
    expires_on = models.DateField(_("last day"), null=True, blank=True)
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
            models.CheckConstraint(
                condition=~Q(reason__in=["reward", "gift", "expired"])
                | Q(expires_on__isnull=False),
                name="points_have_a_last_day",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order_no} {self.posted:+d}"
