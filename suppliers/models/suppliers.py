"""Upstream suppliers and what they offer."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.models import SKU, Carrier
from suppliers.models.gates import OfferStop, SupplierPause
from suppliers.models.windows import MaintenanceWindow
from suppliers.routing import STOCK_PROTOCOL

STOCK_ADAPTER = STOCK_PROTOCOL  # local card stock: delivered inside the order's transaction


class SupplierQuerySet(models.QuerySet["Supplier"]):
    def watched(self) -> SupplierQuerySet:
        """Those that are called over the network and deliver for money: suppliers/health."""
        return self.exclude(adapter=STOCK_ADAPTER).filter(is_sandbox=False)


class Supplier(models.Model):
    """One upstream vendor and how to reach it. Secrets are sealed (catalog/sealing.py)."""

    code = models.SlugField(_("code"), max_length=50, unique=True)
    name = models.CharField(_("name"), max_length=100)
    adapter = models.CharField(_("protocol"), max_length=30)
    base_url = models.URLField(_("address"), blank=True)
    options: models.JSONField[dict[str, str]] = models.JSONField(
        _("options"), default=dict, blank=True
    )
    sealed_secrets = models.BinaryField(null=True, blank=True, editable=False)
    is_open = models.BooleanField(_("open"), default=True)
    # Gets the orders of agents who try the API out, which cost play money, and never a real one.
    is_sandbox = models.BooleanField(_("sandbox"), default=False)
    closed_reason = models.CharField(_("reason for closing"), max_length=200, blank=True)
    connect_timeout_seconds = models.FloatField(_("connect time-out (s)"), default=3)
    read_timeout_seconds = models.FloatField(_("read time-out (s)"), default=10)
    # What we may do to this supplier, over all processes (outbound/limits.py). Zero: no limit.
    calls_per_second = models.DecimalField(
        _("calls per second"),
        max_digits=8,
        decimal_places=2,
        default=0,
        validators=[MinValueValidator(0)],
        help_text=_("0: no limit. More wait their turn; nothing is lost."),
    )
    calls_at_once = models.PositiveSmallIntegerField(
        _("calls at once"),
        default=8,
        help_text=_("0: no limit. Keep it well below the workers' threads."),
    )
    breaker_after = models.PositiveSmallIntegerField(
        _("stop after calls without an answer"),
        default=5,
        help_text=_("In a row; 0: never. Nothing is sent then until a try is answered."),
    )
    breaker_open_seconds = models.FloatField(
        _("first try again after (s)"), default=30, validators=[MinValueValidator(0.1)]
    )
    # "Not found" is a definite failure only this long after the submit (domain.md, Orders).
    settling_seconds = models.PositiveIntegerField(_("settling time (s)"), default=600)
    # After this long without a definite answer a person decides.
    manual_after_seconds = models.PositiveIntegerField(_("to a person after (s)"), default=86_400)
    # The same for slow top-ups, which may take 72 hours by their own promise.
    slow_manual_after_seconds = models.PositiveIntegerField(
        _("slow ones to a person after (s)"), default=80 * 3600
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    objects = SupplierQuerySet.as_manager()

    class Meta:
        verbose_name = _("supplier")
        verbose_name_plural = _("suppliers")
        ordering = ["code"]
        constraints = [
            # A call must be over long before the broker gives its task to another worker.
            models.CheckConstraint(
                condition=Q(connect_timeout_seconds__gt=0, connect_timeout_seconds__lte=30)
                & Q(read_timeout_seconds__gt=0, read_timeout_seconds__lte=100),
                name="supplier_calls_are_limited",
                violation_error_message=_(
                    "Time-outs are above 0: to connect 30 s at most, to read 100 s at most."
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.code})"

    @property
    def is_stock(self) -> bool:
        return self.adapter == STOCK_ADAPTER


class OfferQuerySet(models.QuerySet["Offer"]):
    def taking_orders(self) -> OfferQuerySet:
        """Offers that a real order could go to now: what `suppliers.routing` asks, for many."""
        pauses = SupplierPause.objects.filter(
            supplier=OuterRef("supplier"), ended_at=None, trial_slots=0
        )
        stops = OfferStop.objects.filter(offer=OuterRef("pk"), ended_at=None)
        windows = MaintenanceWindow.objects.now(timezone.now()).filter(
            Q(offer=OuterRef("pk")) | Q(supplier=OuterRef("supplier"))
        )
        open_ones = self.filter(is_open=True, supplier__is_open=True, supplier__is_sandbox=False)
        return open_ones.filter(~Exists(pauses), ~Exists(stops), ~Exists(windows))


class Offer(models.Model):
    """One supplier's way to deliver one SKU: `cost` is CNY for one. Lower `priority` goes first."""

    supplier = models.ForeignKey(
        Supplier, models.PROTECT, related_name="offers", verbose_name=_("supplier")
    )
    sku = models.ForeignKey(SKU, models.PROTECT, related_name="offers", verbose_name=_("SKU"))
    supplier_ref = models.CharField(_("supplier's product"), max_length=64, blank=True)
    cost = models.DecimalField(_("unit cost"), max_digits=20, decimal_places=4)
    priority = models.PositiveSmallIntegerField(_("priority"), default=100)
    min_quantity = models.PositiveIntegerField(_("least at once"), default=1)
    max_quantity = models.PositiveIntegerField(_("most at once"), default=10_000)
    is_open = models.BooleanField(_("open"), default=True)
    # Empty: for every number. What isn't known of a number isn't held against the offer.
    carriers = ArrayField(
        models.CharField(max_length=10, choices=Carrier.choices),
        verbose_name=_("only these carriers"),
        default=list,
        blank=True,
    )
    provinces = ArrayField(
        models.CharField(max_length=20),
        verbose_name=_("only these provinces"),
        default=list,
        blank=True,
    )
    allows_loss = models.BooleanField(_("may be sold below cost"), default=False)
    loss_reason = models.CharField(_("why below cost"), max_length=200, blank=True)

    objects = OfferQuerySet.as_manager()

    class Meta:
        verbose_name = _("offer")
        verbose_name_plural = _("offers")
        ordering = ["sku", "priority", "id"]
        constraints = [
            models.UniqueConstraint(fields=["supplier", "sku"], name="offer_once"),
            models.CheckConstraint(condition=Q(cost__gte=0), name="offer_cost_not_negative"),
            models.CheckConstraint(
                condition=Q(allows_loss=False) | ~Q(loss_reason=""),
                name="offer_loss_has_reason",
                violation_error_message=_("Selling below cost needs a reason."),
            ),
            models.CheckConstraint(
                condition=Q(min_quantity__gte=1) & Q(max_quantity__gte=F("min_quantity")),
                name="offer_quantity_range",
                violation_error_message=_(
                    "The least at once is 1 or more, and not above the most."
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.supplier_id} → {self.sku_id}"


class SupplierStat(models.Model):
    """How well a supplier does lately (suppliers/statistics.py). Refreshed by a beat task."""

    supplier = models.OneToOneField(
        Supplier, models.CASCADE, related_name="stat", verbose_name=_("supplier")
    )
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    success_rate = models.DecimalField(
        _("success rate"), max_digits=5, decimal_places=4, null=True, blank=True
    )
    p50_seconds = models.FloatField(_("seconds to delivery, median"), null=True, blank=True)
    p95_seconds = models.FloatField(
        _("seconds to delivery, all but the slowest twentieth"), null=True, blank=True
    )
    unknown_rate = models.DecimalField(
        _("unknown rate"), max_digits=5, decimal_places=4, null=True, blank=True
    )
    balance = models.DecimalField(
        _("balance"), max_digits=20, decimal_places=4, null=True, blank=True
    )
    balance_at = models.DateTimeField(_("balance asked"), null=True, blank=True)
    # Who asks for the balance claims it here; how often in a row there was no answer.
    balance_asked_at = models.DateTimeField(null=True, blank=True)
    balance_misses = models.PositiveIntegerField(default=0)
    # CNY, without what failed; suppliers/health/forecast.py.
    spent_day = models.DecimalField(max_digits=20, decimal_places=4, default=0)
    spend_per_hour = models.DecimalField(max_digits=20, decimal_places=4, default=0)
    undecided = models.PositiveIntegerField(_("under way"), default=0)
    waiting_for_person = models.PositiveIntegerField(_("waiting for a person"), default=0)
    measured_at = models.DateTimeField(_("measured"), null=True, blank=True)

    class Meta:
        verbose_name = _("supplier's statistics")
        verbose_name_plural = _("suppliers' statistics")

    def __str__(self) -> str:
        return str(self.supplier_id)
