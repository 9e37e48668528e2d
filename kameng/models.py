"""Agents and their tree, tiers, price rules, commissions, applications, API keys."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from mptt.models import MPTTModel, TreeForeignKey

from catalog.models import SKU, Category, Named
from ledger.models import Account
from orders.models import Order

MAX_GENERATIONS = 3  # 禁止传销条例: the database refuses a deeper commission


class Tier(Named):
    """总代, 一级, 二级, …: decides an agent's prices. Rank 0 is the master tier."""

    code = models.SlugField(_("code"), unique=True)
    rank = models.PositiveSmallIntegerField(_("rank"), unique=True)

    class Meta:
        verbose_name = _("tier")
        verbose_name_plural = _("tiers")
        ordering = ["rank"]


class AgentStatus(models.TextChoices):
    ACTIVE = "active", _("active")
    SUSPENDED = "suspended", _("suspended")


class Agent(MPTTModel):
    """An approved agent: a node of the agent tree.

    `upline_ids` is the stored path to the root, direct upline first: an order reads its uplines
    from here, never from MPTT's numbering. Tree writes are in kameng/services/tree.py only.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="agent", verbose_name=_("person")
    )
    parent = TreeForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="direct_downline",
        verbose_name=_("upline"),
    )
    tier = models.ForeignKey(Tier, models.PROTECT, related_name="agents", verbose_name=_("tier"))
    name = models.CharField(_("name"), max_length=100)
    status = models.CharField(
        _("status"), max_length=12, choices=AgentStatus.choices, default=AgentStatus.ACTIVE
    )
    suspended_reason = models.CharField(_("reason for suspension"), max_length=200, blank=True)
    invite_code = models.CharField(_("invite code"), max_length=16, unique=True)
    upline_ids = ArrayField(models.BigIntegerField(), default=list, blank=True)
    wallet = models.OneToOneField(Account, models.PROTECT, related_name="+")
    commission_payable = models.OneToOneField(Account, models.PROTECT, related_name="+")
    approved_at = models.DateTimeField(_("approved"), auto_now_add=True)

    # Numbered by MPTT.
    tree_id: int
    level: int
    lft: int
    rght: int

    class MPTTMeta:
        order_insertion_by: list[str] = []

    class Meta:
        verbose_name = _("agent")
        verbose_name_plural = _("agents")

    def __str__(self) -> str:
        return self.name

    @property
    def is_active(self) -> bool:
        return self.status == AgentStatus.ACTIVE


class ApplicationStatus(models.TextChoices):
    PENDING = "pending", _("under review")
    APPROVED = "approved", _("approved")
    REJECTED = "rejected", _("rejected")


class LegalKind(models.TextChoices):
    PERSON = "person", pgettext_lazy("legal kind", "person")
    COMPANY = "company", _("company")


class Application(models.Model):
    """A request to become an agent, with the legal person behind it and a document."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="agent_applications",
        verbose_name=_("person"),
    )
    inviter = models.ForeignKey(
        Agent,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="invited_applications",
        verbose_name=_("inviter"),
    )
    tier = models.ForeignKey(
        Tier, models.PROTECT, related_name="applications", verbose_name=_("tier applied for")
    )
    legal_kind = models.CharField(_("applies as"), max_length=8, choices=LegalKind.choices)
    legal_name = models.CharField(_("legal name"), max_length=100)
    legal_id = models.CharField(_("ID or licence number"), max_length=40)
    contact_phone = models.CharField(_("mobile number"), max_length=11)
    document = models.FileField(_("document"), upload_to="applications/%Y/%m", blank=True)
    status = models.CharField(
        _("status"),
        max_length=10,
        choices=ApplicationStatus.choices,
        default=ApplicationStatus.PENDING,
    )
    decision_reason = models.CharField(_("reason"), max_length=300, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("decided by"),
    )
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    created_at = models.DateTimeField(_("sent"), auto_now_add=True)

    class Meta:
        verbose_name = _("application")
        verbose_name_plural = _("applications")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=Q(status="pending"), name="one_pending_application"
            ),
        ]

    def __str__(self) -> str:
        return self.legal_name


class TierPrice(models.Model):
    """A tier's price (CNY) for one SKU."""

    tier = models.ForeignKey(Tier, models.CASCADE, related_name="prices", verbose_name=_("tier"))
    sku = models.ForeignKey(SKU, models.CASCADE, related_name="tier_prices", verbose_name=_("SKU"))
    price = models.DecimalField(_("price"), max_digits=20, decimal_places=4)

    class Meta:
        verbose_name = _("tier price")
        verbose_name_plural = _("tier prices")
        constraints = [
            models.UniqueConstraint(fields=["sku", "tier"], name="tier_price_once"),
            models.CheckConstraint(condition=Q(price__gt=0), name="tier_price_positive"),
        ]

    def __str__(self) -> str:
        return f"¥{self.price}"


class TierDiscount(models.Model):
    """A tier's price in a category as a share of the list price: 0.95 is 5% off.

    It also holds for the categories below, unless one of them has its own.
    """

    tier = models.ForeignKey(Tier, models.CASCADE, related_name="discounts", verbose_name=_("tier"))
    category = models.ForeignKey(
        Category, models.CASCADE, related_name="tier_discounts", verbose_name=_("category")
    )
    rate = models.DecimalField(_("share of list price"), max_digits=6, decimal_places=4)

    class Meta:
        verbose_name = _("tier discount")
        verbose_name_plural = _("tier discounts")
        constraints = [
            models.UniqueConstraint(fields=["category", "tier"], name="tier_discount_once"),
            models.CheckConstraint(
                condition=Q(rate__gt=0) & Q(rate__lte=1), name="tier_discount_range"
            ),
        ]

    def __str__(self) -> str:
        return f"× {self.rate}"


class _Period(Func):
    function = "tstzrange"


class ContractPrice(models.Model):
    """密价: a price agreed with one agent for one SKU, between two dates, one at a time."""

    agent = models.ForeignKey(
        Agent, models.CASCADE, related_name="contract_prices", verbose_name=_("agent")
    )
    sku = models.ForeignKey(
        SKU, models.CASCADE, related_name="contract_prices", verbose_name=_("SKU")
    )
    price = models.DecimalField(_("price"), max_digits=20, decimal_places=4)
    valid_from = models.DateTimeField(_("from"))
    valid_until = models.DateTimeField(_("until"), null=True, blank=True)

    class Meta:
        verbose_name = _("contract price")
        verbose_name_plural = _("contract prices")
        indexes = [models.Index(fields=["agent", "sku"])]
        constraints = [
            models.CheckConstraint(condition=Q(price__gt=0), name="contract_price_positive"),
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gt=F("valid_from")),
                name="contract_price_dates",
            ),
            ExclusionConstraint(
                name="contract_price_one_at_a_time",
                expressions=[
                    ("agent", RangeOperators.EQUAL),
                    ("sku", RangeOperators.EQUAL),
                    (_Period("valid_from", "valid_until"), RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"¥{self.price}"


class DownlineMarkup(models.Model):
    """What an upline adds, per SKU or for everything, to its own price for its direct downline."""

    upline = models.ForeignKey(
        Agent, models.CASCADE, related_name="markups", verbose_name=_("upline")
    )
    sku = models.ForeignKey(
        SKU,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="markups",
        verbose_name=_("SKU (empty: all)"),
    )
    rate = models.DecimalField(_("added share"), max_digits=6, decimal_places=4)

    class Meta:
        verbose_name = _("downline markup")
        verbose_name_plural = _("downline markups")
        constraints = [
            models.UniqueConstraint(
                fields=["upline", "sku"], name="markup_once", nulls_distinct=False
            ),
            models.CheckConstraint(condition=Q(rate__gte=0) & Q(rate__lte=1), name="markup_range"),
        ]

    def __str__(self) -> str:
        return f"+ {self.rate}"


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

    order = models.ForeignKey(
        Order, models.PROTECT, related_name="commissions", verbose_name=_("order")
    )
    agent = models.ForeignKey(
        Agent, models.PROTECT, related_name="commissions", verbose_name=_("agent")
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
            models.Index(fields=["agent", "-id"], name="commission_of_agent"),
            models.Index(fields=["due_at"], condition=Q(status="pending"), name="commission_due"),
            models.Index(
                fields=["agent"],
                condition=Q(clawed_back__gt=F("recovered")),
                name="commission_owing",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order_id} → {self.agent_id}"

    @property
    def kept(self) -> Decimal:
        """What is left of it after refunds."""
        return self.amount - self.reversed_amount


class ApiKey(models.Model):
    """A key for the open API. The secret is sealed and shown once, when it is made."""

    agent = models.ForeignKey(
        Agent, models.CASCADE, related_name="api_keys", verbose_name=_("agent")
    )
    key_id = models.CharField(_("key"), max_length=40, unique=True)
    sealed_secret = models.BinaryField(editable=False)
    label = models.CharField(_("label"), max_length=60, blank=True)
    can_buy = models.BooleanField(_("may buy"), default=True)
    ip_allow_list = ArrayField(
        models.GenericIPAddressField(),
        default=list,
        blank=True,
        verbose_name=_("allowed addresses"),
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)

    class Meta:
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.key_id


class OrderCallback(models.Model):
    """Telling an agent's program that its order has ended: one row an order that asked for it.

    Due at `next_attempt_at`; without one, the order is still under way, the program was told
    (`delivered_at`), or 24 hours of attempts were in vain. Signed with the key that placed the
    order. Sent by kameng/services/callbacks.py.
    """

    order = models.OneToOneField(
        Order, models.PROTECT, related_name="callback", verbose_name=_("order")
    )
    key = models.ForeignKey(
        ApiKey, models.PROTECT, related_name="callbacks", verbose_name=_("API key")
    )
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_attempt_at = models.DateTimeField(_("next attempt"), null=True, blank=True)
    delivered_at = models.DateTimeField(_("told at"), null=True, blank=True)
    last_status = models.PositiveSmallIntegerField(_("last answer"), null=True, blank=True)
    # Why no answer came: `refused_address`, `unreachable`, `timeout`, `broken` or `no_key`.
    last_error = models.CharField(_("last problem"), max_length=20, blank=True)
    created_at = models.DateTimeField(_("asked for"), auto_now_add=True)

    class Meta:
        verbose_name = _("order callback")
        verbose_name_plural = _("order callbacks")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(delivered_at__isnull=True) | Q(next_attempt_at__isnull=True),
                name="callback_told_once",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_attempt_at"],
                condition=Q(next_attempt_at__isnull=False),
                name="callback_due",
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.order_id}"
