"""Commission policies, and what uplines earned by them."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from catalog.models import SKU, Category
from kameng.commissions import MAX_GENERATIONS
from kameng.models.agents import Agent
from orders.models import Order


class CommissionPolicy(models.Model):
    """One version of the commission rules. Never edited once it is in force: make a new one.

    `level_difference_share` is the part of each price gap that goes to the upline (1 = all of it).
    """

    effective_from = models.DateTimeField(_("effective from"), unique=True)
    level_difference_share = models.DecimalField(
        _("share of the level difference"), max_digits=6, decimal_places=4, default=1
    )
    max_generations = models.PositiveSmallIntegerField(_("generations"), default=2)
    after_sale_hours = models.PositiveIntegerField(_("after-sale window (h)"), default=72)
    note = models.CharField(_("note"), max_length=200, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("commission policy")
        verbose_name_plural = _("commission policies")
        ordering = ["-effective_from"]
        constraints = [
            models.CheckConstraint(
                condition=Q(max_generations__gte=0) & Q(max_generations__lte=MAX_GENERATIONS),
                name="policy_generations_lawful",
            ),
            models.CheckConstraint(
                condition=Q(level_difference_share__gte=0) & Q(level_difference_share__lte=1),
                name="policy_share_range",
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"


class GenerationRate(models.Model):
    """The share of an order's amount that the n-th upline earns (1 = direct upline)."""

    policy = models.ForeignKey(
        CommissionPolicy, models.CASCADE, related_name="generation_rates", verbose_name=_("policy")
    )
    generation = models.PositiveSmallIntegerField(_("generation"))
    rate = models.DecimalField(_("share of the amount"), max_digits=6, decimal_places=4)

    class Meta:
        verbose_name = _("generation rate")
        verbose_name_plural = _("generation rates")
        ordering = ["generation"]
        constraints = [
            models.UniqueConstraint(fields=["policy", "generation"], name="generation_rate_once"),
            models.CheckConstraint(
                condition=Q(generation__gte=1) & Q(generation__lte=MAX_GENERATIONS),
                name="generation_rate_lawful",
            ),
            models.CheckConstraint(
                condition=Q(rate__gte=0) & Q(rate__lte=1), name="generation_rate_range"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.generation}: {self.rate}"


class PolicyOverride(models.Model):
    """Other shares than the policy's for one SKU, or for a category and what lies in it.

    The most specific counts: the SKU, else the nearest category. There is no fourth rate: the law
    knows no fourth generation.
    """

    policy = models.ForeignKey(
        CommissionPolicy, models.CASCADE, related_name="overrides", verbose_name=_("policy")
    )
    category = models.ForeignKey(
        Category,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("category"),
    )
    sku = models.ForeignKey(
        SKU, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("SKU")
    )
    level_difference_share = models.DecimalField(
        _("share of the level difference"), max_digits=6, decimal_places=4, default=1
    )
    rate_1 = models.DecimalField(
        _("1st generation's share"), max_digits=6, decimal_places=4, default=0
    )
    rate_2 = models.DecimalField(
        _("2nd generation's share"), max_digits=6, decimal_places=4, default=0
    )
    rate_3 = models.DecimalField(
        _("3rd generation's share"), max_digits=6, decimal_places=4, default=0
    )

    class Meta:
        verbose_name = _("exception for a category or SKU")
        verbose_name_plural = _("exceptions for categories and SKUs")
        constraints = [
            models.UniqueConstraint(
                fields=["policy", "category", "sku"],
                name="override_once",
                nulls_distinct=False,
                violation_error_message=_("There is an exception for this already."),
            ),
            models.CheckConstraint(
                condition=Q(category__isnull=True, sku__isnull=False)
                | Q(category__isnull=False, sku__isnull=True),
                name="override_of_one_thing",
                violation_error_message=_("Choose either a category or a SKU."),
            ),
            models.CheckConstraint(
                condition=Q(level_difference_share__gte=0)
                & Q(level_difference_share__lte=1)
                & Q(rate_1__gte=0)
                & Q(rate_1__lte=1)
                & Q(rate_2__gte=0)
                & Q(rate_2__lte=1)
                & Q(rate_3__gte=0)
                & Q(rate_3__lte=1),
                name="override_range",
                violation_error_message=_("Each share is between 0 and 1."),
            ),
        ]

    def __str__(self) -> str:
        return str(self.sku or self.category)


class CommissionStatus(models.TextChoices):
    PENDING = "pending", _("pending")
    SETTLED = "settled", _("settled")
    VOID = "void", _("void")


class CommissionQuerySet(models.QuerySet["Commission"]):
    def due(self, *, until: datetime) -> CommissionQuerySet:
        """Pending, and the after-sale window closed before `until`."""
        return self.filter(status=CommissionStatus.PENDING, due_at__lte=until)

    def owing(self) -> CommissionQuerySet:
        """Paid out, then refunded, and not yet netted from a later settlement."""
        return self.filter(clawed_back__gt=F("recovered"))


class Commission(models.Model):
    """What one upline earns on one completed order (CNY, rounded down to 0.0001).

    `amount` never changes. `reversed_amount` is what refunds took back; the part of it that had
    been paid out already is `clawed_back`, and how much of that later settlements netted is
    `recovered`. `was_capped` flags a share that was cut because the shares would have exceeded the
    platform's margin.
    """

    # No index of their own: commission_once and commission_of_agent_by_time begin with them.
    order = models.ForeignKey(
        Order,
        models.PROTECT,
        related_name="commissions",
        db_index=False,
        verbose_name=_("order"),
    )
    agent = models.ForeignKey(
        Agent,
        models.PROTECT,
        related_name="commissions",
        db_index=False,
        verbose_name=_("agent"),
    )
    generation = models.PositiveSmallIntegerField(_("generation"))
    level_difference = models.DecimalField(_("level difference"), max_digits=20, decimal_places=4)
    generation_share = models.DecimalField(_("generation share"), max_digits=20, decimal_places=4)
    amount = models.DecimalField(_("amount"), max_digits=20, decimal_places=4)
    reversed_amount = models.DecimalField(
        _("taken back"), max_digits=20, decimal_places=4, default=0
    )
    clawed_back = models.DecimalField(
        _("taken back after settlement"), max_digits=20, decimal_places=4, default=0
    )
    recovered = models.DecimalField(_("netted"), max_digits=20, decimal_places=4, default=0)
    was_capped = models.BooleanField(_("capped by margin"), default=False)
    status = models.CharField(
        _("status"),
        max_length=10,
        choices=CommissionStatus.choices,
        default=CommissionStatus.PENDING,
    )
    due_at = models.DateTimeField(_("due"))
    created_at = models.DateTimeField(_("earned"), auto_now_add=True)
    settled_at = models.DateTimeField(_("settled at"), null=True, blank=True)
    settlement_reference = models.CharField(_("settlement"), max_length=100, blank=True)

    objects = CommissionQuerySet.as_manager()

    class Meta:
        verbose_name = _("commission")
        verbose_name_plural = _("commissions")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["order", "agent"], name="commission_once"),
            models.CheckConstraint(
                condition=Q(generation__gte=1) & Q(generation__lte=MAX_GENERATIONS),
                name="commission_generation_lawful",
            ),
            models.CheckConstraint(
                condition=Q(amount__gt=0)
                & Q(reversed_amount__gte=0)
                & Q(reversed_amount__lte=F("amount")),
                name="commission_amount_range",
            ),
            models.CheckConstraint(
                condition=Q(recovered__gte=0)
                & Q(recovered__lte=F("clawed_back"))
                & Q(clawed_back__lte=F("reversed_amount")),
                name="commission_clawback_range",
            ),
        ]
        indexes = [
            models.Index(
                fields=["agent", "-created_at", "-id"], name="commission_of_agent_by_time"
            ),
            models.Index(fields=["due_at"], condition=Q(status="pending"), name="commission_due"),
            models.Index(
                fields=["agent"],
                condition=Q(clawed_back__gt=F("recovered")),
                name="commission_owing",
            ),
            models.Index(
                fields=["settlement_reference"],
                condition=~Q(settlement_reference=""),
                name="commission_of_settlement",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order_id} → {self.agent_id}"

    @property
    def kept(self) -> Decimal:
        """What is left of it after refunds."""
        return self.amount - self.reversed_amount
