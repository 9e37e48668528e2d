"""Suppliers' price lists: what they sell, every change of it, and what we might do about it."""

from __future__ import annotations

from decimal import ROUND_UP, Decimal

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from catalog.models import SKU, DeliveryKind
from suppliers.models.suppliers import Offer, Supplier


class RunResult(models.TextChoices):
    ASKED = "asked", _("asked for")
    TAKEN = "taken", _("taken")
    NO_ANSWER = "no_answer", _("no list came")
    SHRUNK = "shrunk", _("not believed: too short")
    CONTRADICTORY = "contradictory", _("not believed: contradicts itself")
    OUTDATED = "outdated", _("a newer list was taken already")
    LOST = "lost", _("cut off")


class ListRun(models.Model):
    """One time that a supplier was asked for its price list, and what came of it."""

    supplier = models.ForeignKey(
        Supplier, models.PROTECT, related_name="list_runs", verbose_name=_("supplier")
    )
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("asked by"),
    )
    # A person said: the list is whole, however short it is.
    takes_shorter = models.BooleanField(_("also a short list"), default=False)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    asked_at = models.DateTimeField(_("asked"), auto_now_add=True)
    started_at = models.DateTimeField(_("begun"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    result = models.CharField(
        _("result"), max_length=14, choices=RunResult.choices, default=RunResult.ASKED
    )
    listed = models.PositiveIntegerField(_("products"), default=0)
    appeared = models.PositiveIntegerField(_("new"), default=0)
    changed = models.PositiveIntegerField(_("changed"), default=0)
    gone = models.PositiveIntegerField(_("gone"), default=0)
    # Lines that can't be right (no cost, no name): kept as they were, neither taken nor gone.
    unreadable = models.PositiveIntegerField(_("unreadable"), default=0)

    class Meta:
        verbose_name = _("fetch of a price list")
        verbose_name_plural = _("fetches of price lists")
        ordering = ["-id"]
        indexes = [models.Index(fields=["supplier", "-id"], name="list_run_of_supplier")]

    def __str__(self) -> str:
        return f"{self.supplier_id} #{self.pk}"


class SupplierGoods(models.Model):
    """One line of a supplier's price list, as it was last seen. `cost` is CNY for one."""

    supplier = models.ForeignKey(
        Supplier, models.PROTECT, related_name="goods", verbose_name=_("supplier")
    )
    ref = models.CharField(_("supplier's product"), max_length=64)
    name = models.CharField(_("name"), max_length=200)
    kind = models.CharField(_("delivery"), max_length=8, choices=DeliveryKind.choices)
    cost = models.DecimalField(_("cost"), max_digits=20, decimal_places=4)
    face_value = models.DecimalField(
        _("face value"), max_digits=20, decimal_places=4, null=True, blank=True
    )
    is_available = models.BooleanField(_("for sale there"), default=True)
    stock = models.PositiveBigIntegerField(_("stock there"), null=True, blank=True)
    min_quantity = models.PositiveIntegerField(_("least at once"), default=1)
    max_quantity = models.PositiveIntegerField(_("most at once"), null=True, blank=True)
    # Any amount can be charged, and the cost is for each yuan of face value.
    is_rate = models.BooleanField(_("cost is a rate"), default=False)
    first_seen_at = models.DateTimeField(_("first seen"))
    seen_at = models.DateTimeField(_("last seen"))
    gone_at = models.DateTimeField(_("gone since"), null=True, blank=True)

    class Meta:
        verbose_name = _("line of a price list")
        verbose_name_plural = _("price lists")
        ordering = ["supplier", "name", "id"]
        constraints = [
            models.UniqueConstraint(fields=["supplier", "ref"], name="goods_once"),
            models.CheckConstraint(condition=Q(cost__gt=0), name="goods_cost_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.ref})"

    def cost_of(self, sku: SKU) -> Decimal:
        """What one of this SKU costs by this line."""
        cost = self.cost * sku.face_value if self.is_rate else self.cost
        return cost.quantize(Decimal("0.0001"), ROUND_UP)


class ChangeKind(models.TextChoices):
    APPEARED = "appeared", _("new on the list")
    COST = "cost", _("cost")
    NAME = "name", _("name")
    FACE_VALUE = "face_value", _("face value")
    KIND = "kind", _("delivery")
    AVAILABLE = "available", _("for sale there")
    GONE = "gone", _("gone")
    BACK = "back", _("back on the list")


class GoodsChange(models.Model):
    """One change of one line: the history of a price list."""

    goods = models.ForeignKey(SupplierGoods, models.CASCADE, related_name="changes")
    run = models.ForeignKey(ListRun, models.PROTECT, related_name="changes")
    kind = models.CharField(_("what"), max_length=10, choices=ChangeKind.choices)
    before = models.CharField(_("before"), max_length=200, blank=True)
    after = models.CharField(_("after"), max_length=200, blank=True)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("change of a price list")
        verbose_name_plural = _("changes of price lists")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.goods_id} {self.kind}"


class ProposalKind(models.TextChoices):
    MATCH = "match", _("new offer")
    COST = "cost", _("new cost")
    GOODS = "goods", _("other goods")


class ProposalStatus(models.TextChoices):
    PENDING = "pending", _("to be decided")
    ACCEPTED = "accepted", _("accepted")
    REFUSED = "refused", _("refused")
    OUTDATED = "outdated", _("outdated")


class Proposal(models.Model):
    """Something that staff may accept.

    A product as an offer of a SKU, an offer's new cost, or other goods under an offer's number.
    """

    kind = models.CharField(_("proposal"), max_length=8, choices=ProposalKind.choices)
    goods = models.ForeignKey(
        SupplierGoods, models.PROTECT, related_name="proposals", verbose_name=_("product")
    )
    sku = models.ForeignKey(
        SKU, models.PROTECT, related_name="supplier_proposals", verbose_name=_("SKU")
    )
    offer = models.ForeignKey(
        Offer,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="proposals",
        verbose_name=_("offer"),
    )
    # How sure the match is (0–100), and what gave the points: [code, points, figure].
    score = models.PositiveSmallIntegerField(_("sure"), default=100)
    reasons: models.JSONField[list[list[str]]] = models.JSONField(default=list, blank=True)
    cost_before = models.DecimalField(
        _("cost now"), max_digits=20, decimal_places=4, null=True, blank=True
    )
    cost_after = models.DecimalField(_("new cost"), max_digits=20, decimal_places=4)
    status = models.CharField(
        _("status"), max_length=10, choices=ProposalStatus.choices, default=ProposalStatus.PENDING
    )
    created_at = models.DateTimeField(_("proposed"), auto_now_add=True)
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("decided by"),
    )
    reason = models.CharField(_("reason"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("proposal from a price list")
        verbose_name_plural = _("proposals from price lists")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["goods", "sku"], condition=Q(status="pending"), name="one_pending_proposal"
            ),
            models.CheckConstraint(condition=Q(cost_after__gt=0), name="proposal_cost_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.goods_id} → {self.sku_id}"
