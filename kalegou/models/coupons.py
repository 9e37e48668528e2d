"""Coupons: what staff offer, who has one, and which order each was used on."""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.models import SKU, Category, Named, Product
from kalegou.models.members import Member, MemberLevel

CODE = RegexValidator(
    r"^[A-Z0-9][A-Z0-9-]{2,29}$", _("3 to 30 capital letters, digits and hyphens, please.")
)


class CouponKind(models.TextChoices):
    FIXED = "fixed", _("an amount")
    PERCENT = "percent", _("a share of the price")


class CouponScope(models.TextChoices):
    ALL = "all", _("all goods")
    CATEGORIES = "categories", _("these categories")
    PRODUCTS = "products", _("these products")
    SKUS = "skus", _("these SKUs")


class Coupon(Named):
    """One promotion: what it takes off, of what, for whom, when, and how much it may cost (CNY).

    `used_count` and `used_amount` are what orders hold now, paid or waiting to be paid; the
    database holds them to `max_uses` and `budget` (kalegou/services/couponing.py).
    """

    code = models.CharField(
        _("code"),
        max_length=30,
        unique=True,
        validators=[CODE],
        help_text=_("Capital letters, digits, hyphens. Members type it if the coupon is public."),
    )
    is_public = models.BooleanField(
        _("public"),
        default=True,
        help_text=_("Who knows the code may use it. Otherwise only whom you grant it to."),
    )
    kind = models.CharField(_("takes off"), max_length=8, choices=CouponKind.choices)
    amount = models.DecimalField(
        _("amount"), max_digits=12, decimal_places=2, null=True, blank=True, help_text=_("Yuan.")
    )
    percent = models.DecimalField(
        _("per cent"),
        max_digits=5,
        decimal_places=2,
        null=True,
        blank=True,
        help_text=_("Of the order at the member's price: 10 takes a tenth off."),
    )
    cap = models.DecimalField(
        _("at most"),
        max_digits=12,
        decimal_places=2,
        null=True,
        blank=True,
        help_text=_("The most yuan that a share takes off one order."),
    )
    min_spend = models.DecimalField(
        _("order from"),
        max_digits=12,
        decimal_places=2,
        default=0,
        help_text=_("Yuan, at the member's price, before points; 0: any order."),
    )
    scope = models.CharField(
        _("for"), max_length=10, choices=CouponScope.choices, default=CouponScope.ALL
    )
    categories = models.ManyToManyField(
        Category,
        blank=True,
        related_name="+",
        verbose_name=_("categories"),
        help_text=_("With everything below them."),
    )
    products = models.ManyToManyField(
        Product, blank=True, related_name="+", verbose_name=_("products")
    )
    skus = models.ManyToManyField(SKU, blank=True, related_name="+", verbose_name=_("SKUs"))
    starts_at = models.DateTimeField(_("usable from"), default=timezone.now)
    ends_at = models.DateTimeField(_("usable until"), null=True, blank=True)
    valid_days = models.PositiveSmallIntegerField(
        _("days for who gets one"),
        null=True,
        blank=True,
        help_text=_("One that a member has lasts so many days, and never beyond the end above."),
    )
    budget = models.DecimalField(
        _("budget"),
        max_digits=14,
        decimal_places=2,
        null=True,
        blank=True,
        help_text=_("The most yuan that all orders together get off; empty: no limit."),
    )
    max_uses = models.PositiveIntegerField(
        _("orders"), null=True, blank=True, help_text=_("The most orders; empty: no limit.")
    )
    per_member = models.PositiveSmallIntegerField(
        _("orders of one member"),
        default=1,
        help_text=_("By the code. One that you grant is for one order more."),
    )
    new_members_only = models.BooleanField(_("for a first order only"), default=False)
    min_level = models.ForeignKey(
        MemberLevel,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("from level"),
        help_text=_("For members of this level and above; empty: for all."),
    )
    allows_loss = models.BooleanField(
        _("may go below cost"),
        default=False,
        help_text=_(
            "Your decision: otherwise it isn't taken for goods that it would bring below what"
            " they cost us. The table below says which and by how much."
        ),
    )
    stopped_at = models.DateTimeField(_("stopped"), null=True, blank=True)
    used_count = models.PositiveIntegerField(_("orders so far"), default=0)
    used_amount = models.DecimalField(
        _("cost so far"), max_digits=14, decimal_places=2, default=Decimal(0)
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", editable=False
    )
    created_at = models.DateTimeField(_("made"), auto_now_add=True)

    class Meta:
        verbose_name = _("coupon")
        verbose_name_plural = _("coupons")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="fixed", amount__isnull=False, amount__gt=0)
                | Q(kind="percent", percent__gt=0, percent__lt=100, cap__gt=0),
                name="coupon_takes_something_off",
                violation_error_message=_(
                    "An amount above 0; or a share between 0 and 100 per cent, with the most that"
                    " it takes off."
                ),
            ),
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(ends_at__gt=F("starts_at")),
                name="coupon_dates",
                violation_error_message=_("The end is before the beginning."),
            ),
            models.CheckConstraint(
                condition=Q(min_spend__gte=0) & Q(per_member__gte=1), name="coupon_minimums"
            ),
            models.CheckConstraint(
                condition=Q(used_amount__gte=0)
                & (Q(budget__isnull=True) | Q(used_amount__lte=F("budget"))),
                name="coupon_within_budget",
            ),
            models.CheckConstraint(
                condition=Q(max_uses__isnull=True) | Q(used_count__lte=F("max_uses")),
                name="coupon_within_uses",
            ),
        ]


class CouponSource(models.TextChoices):
    STAFF = "staff", _("given by us")
    CLAIMED = "claimed", _("kept by its code")
    LEVEL = "level", _("level gift")
    BIRTHDAY = "birthday", _("birthday gift")


class CouponGrant(models.Model):
    """A coupon that a member has, for one order. `reference` makes giving it twice do nothing."""

    coupon = models.ForeignKey(
        Coupon, models.PROTECT, related_name="grants", verbose_name=_("coupon")
    )
    member = models.ForeignKey(
        Member, models.PROTECT, related_name="coupons", verbose_name=_("member")
    )
    source = models.CharField(_("how"), max_length=8, choices=CouponSource.choices)
    reference = models.CharField(max_length=80, unique=True)
    granted_at = models.DateTimeField(_("got"), default=timezone.now)
    expires_at = models.DateTimeField(_("usable until"), null=True, blank=True)
    # When the member is to be told; empty: was told, or needn't be.
    tell_at = models.DateTimeField(_("to be told"), null=True, blank=True)

    class Meta:
        verbose_name = _("coupon of a member")
        verbose_name_plural = _("coupons of members")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["member", "-id"], name="coupons_of_member"),
            models.Index(
                fields=["tell_at"], condition=Q(tell_at__isnull=False), name="coupons_to_tell"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.coupon_id} #{self.pk}"


class CouponUse(models.Model):
    """A coupon on an order: `worth` (CNY) was taken off, `kept` of it stays with what is kept.

    `sold` is the money kept for the order. `returned_at`: nothing of the order was kept, and the
    coupon may be used again.
    """

    coupon = models.ForeignKey(
        Coupon, models.PROTECT, related_name="uses", verbose_name=_("coupon")
    )
    grant = models.ForeignKey(
        CouponGrant,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="uses",
        verbose_name=_("coupon of a member"),
        db_index=False,  # the constraint below has one
    )
    member = models.ForeignKey(
        Member, models.PROTECT, related_name="coupon_uses", verbose_name=_("member")
    )
    order_no = models.CharField(_("order"), max_length=32, unique=True)
    worth = models.DecimalField(_("taken off"), max_digits=12, decimal_places=2)
    kept = models.DecimalField(_("costs us"), max_digits=12, decimal_places=2)
    sold = models.DecimalField(_("revenue"), max_digits=20, decimal_places=4, default=0)
    used_at = models.DateTimeField(_("used"), default=timezone.now)
    returned_at = models.DateTimeField(_("given back"), null=True, blank=True)

    class Meta:
        verbose_name = _("use of a coupon")
        verbose_name_plural = _("uses of coupons")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["grant"],
                condition=Q(returned_at__isnull=True, grant__isnull=False),
                name="granted_coupon_used_once",
            ),
            models.CheckConstraint(
                condition=Q(worth__gt=0) & Q(kept__gte=0) & Q(kept__lte=F("worth")),
                name="coupon_use_range",
            ),
            models.CheckConstraint(
                condition=Q(returned_at__isnull=True) | Q(kept=0), name="coupon_returned_costs_0"
            ),
        ]
        indexes = [
            models.Index(fields=["grant", "-id"], name="uses_of_grant"),
            models.Index(fields=["coupon", "member"], name="uses_by_member"),
        ]

    def __str__(self) -> str:
        return self.order_no
