"""How members came to their levels, and what levels and birthdays gave them."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kalegou.models.coupons import CouponGrant
from kalegou.models.members import Member, MemberLevel


class LevelChange(models.Model):
    """A member went up or down. `gift_due_at`: the gift of the new level is still to be given."""

    member = models.ForeignKey(
        Member, models.PROTECT, related_name="level_changes", verbose_name=_("member")
    )
    came_from = models.ForeignKey(
        MemberLevel, models.PROTECT, related_name="+", verbose_name=pgettext_lazy("level", "from")
    )
    went_to = models.ForeignKey(
        MemberLevel, models.PROTECT, related_name="+", verbose_name=pgettext_lazy("level", "to")
    )
    growth = models.IntegerField(_("growth of 12 months"))
    changed_at = models.DateTimeField(_("at"), default=timezone.now)
    gift_due_at = models.DateTimeField(_("gift due"), null=True, blank=True)

    class Meta:
        verbose_name = _("change of level")
        verbose_name_plural = _("changes of level")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["member", "-id"], name="level_changes_of_member"),
            models.Index(
                fields=["gift_due_at"],
                condition=Q(gift_due_at__isnull=False),
                name="level_gifts_due",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.member_id}: {self.came_from_id} → {self.went_to_id}"

    @property
    def is_up(self) -> bool:
        return self.went_to.min_growth > self.came_from.min_growth


class GiftKind(models.TextChoices):
    LEVEL = "level", _("level gift")
    BIRTHDAY = "birthday", _("birthday gift")


class MemberGift(models.Model):
    """A gift that was given: once for each `occasion` of a member (`level:gold`)."""

    member = models.ForeignKey(
        Member, models.PROTECT, related_name="gifts", verbose_name=_("member")
    )
    kind = models.CharField(_("kind"), max_length=8, choices=GiftKind.choices)
    occasion = models.CharField(_("occasion"), max_length=60)
    level = models.ForeignKey(
        MemberLevel, models.PROTECT, related_name="+", verbose_name=_("level")
    )
    points = models.PositiveIntegerField(_("points"), default=0)
    coupon = models.OneToOneField(
        CouponGrant,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="gift",
        verbose_name=_("coupon"),
    )
    given_at = models.DateTimeField(_("given"), default=timezone.now)

    class Meta:
        verbose_name = _("gift")
        verbose_name_plural = _("gifts")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["member", "occasion"], name="gift_once"),
            models.CheckConstraint(
                condition=Q(points__gt=0) | Q(coupon__isnull=False), name="gift_is_something"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.member_id} {self.occasion}"


class PointsWarning(models.Model):
    """A member was told that points will run out at the end of a day: once for each day."""

    member = models.ForeignKey(Member, models.PROTECT, related_name="points_warnings")
    expires_on = models.DateField()
    points = models.PositiveIntegerField()
    told_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["member", "expires_on"], name="points_warning_once")
        ]

    def __str__(self) -> str:
        return f"{self.member_id} {self.expires_on}"
