"""Orders, their fulfilments, refunds and the append-only timeline.

Statuses change in `orders.state.move` only; migration 0002 has the database refuse any other move.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeBoundary, RangeOperators
from django.contrib.postgres.indexes import BrinIndex, OpClass
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.fields.json import KT
from django.utils.translation import gettext_lazy as _

from catalog.models import SKU
from suppliers.models import Offer, Supplier


class OrderStatus(models.TextChoices):
    AWAITING_PAYMENT = "awaiting_payment", _("waiting for payment")
    PAID = "paid", _("paid")
    FULFILLING = "fulfilling", _("being delivered")
    COMPLETED = "completed", _("completed")
    PARTIALLY_COMPLETED = "partially_completed", _("partly delivered")
    FAILED = "failed", _("failed")
    CANCELLED = "cancelled", _("cancelled")


OPEN_STATUSES = (OrderStatus.PAID, OrderStatus.FULFILLING)
FINAL_STATUSES = (OrderStatus.COMPLETED, OrderStatus.PARTIALLY_COMPLETED, OrderStatus.FAILED)


class Channel(models.TextChoices):
    WHOLESALE = "wholesale", _("wholesale")
    RETAIL = "retail", _("retail")
    # Agents trying the API out, with play money and sandbox suppliers (docs/decisions, play money).
    SANDBOX = "sandbox", _("sandbox")


class Funding(models.TextChoices):
    """Where the money came from, and so where a refund goes."""

    WALLET = "wallet", _("wallet")
    GATEWAY = "gateway", _("payment gateway")
    # The channel pays, for something else that the buyer gives (Channel.pays).
    POINTS = "points", _("points")


class OrderQuerySet(models.QuerySet["Order"]):
    def open(self) -> OrderQuerySet:
        return self.filter(status__in=OPEN_STATUSES)


class Order(models.Model):
    """One SKU × a quantity for one buyer, kept as it was sold. Amounts are CNY."""

    order_no = models.CharField(_("order number"), max_length=32)
    channel = models.CharField(_("channel"), max_length=12, choices=Channel.choices)
    buyer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="orders",
        db_index=False,  # the index order_of_buyer begins with it
        verbose_name=_("buyer"),
    )
    # "u<user id>" or "g<guest key>": who a client reference belongs to.
    buyer_key = models.CharField(max_length=48)
    client_ref = models.CharField(_("client reference"), max_length=64)
    # Hash of what was asked for, so that a reused reference with other content is refused.
    request_digest = models.CharField(max_length=64)
    sku = models.ForeignKey(SKU, models.PROTECT, related_name="orders", verbose_name=_("SKU"))
    product_name = models.CharField(_("product"), max_length=100)
    sku_name = models.CharField(_("SKU name"), max_length=100)
    kind = models.CharField(_("delivery"), max_length=8)
    face_value = models.DecimalField(_("face value"), max_digits=20, decimal_places=4)
    account: models.JSONField[dict[str, str]] = models.JSONField(
        _("account"), default=dict, blank=True
    )
    quantity = models.PositiveIntegerField(_("quantity"))
    unit_price = models.DecimalField(_("unit price"), max_digits=20, decimal_places=4)
    total = models.DecimalField(_("total"), max_digits=20, decimal_places=4)
    # The rule that gave the price, and what the channel must remember of the sale
    # (uplines and their prices, policy version, member level).
    price_rule = models.CharField(_("price rule"), max_length=40)
    terms: models.JSONField[dict[str, Any]] = models.JSONField(
        _("terms of the sale"), default=dict, blank=True
    )
    # Where the buyer's program wants to be told of the end (open API); empty: nowhere.
    callback_url = models.URLField(_("callback address"), max_length=500, blank=True)
    funding = models.CharField(_("paid from"), max_length=8, choices=Funding.choices)
    wallet_id = models.BigIntegerField(null=True, blank=True)  # ledger account, when from a wallet
    status = models.CharField(_("status"), max_length=20, choices=OrderStatus.choices)
    delivered_quantity = models.PositiveIntegerField(_("delivered"), default=0)
    cost = models.DecimalField(_("cost"), max_digits=20, decimal_places=4, default=0)
    refunded = models.DecimalField(_("refunded"), max_digits=20, decimal_places=4, default=0)
    needs_attention = models.BooleanField(_("needs a person"), default=False)
    created_at = models.DateTimeField(_("placed"), auto_now_add=True)
    pay_before = models.DateTimeField(_("to be paid before"), null=True, blank=True)
    paid_at = models.DateTimeField(_("paid at"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    # When the sweeper looks at this order again if nothing else moved it.
    next_sweep_at = models.DateTimeField(null=True, blank=True)
    # The last decision that found nobody for what was still to be delivered: a verdict an offer.
    unrouted: models.JSONField[list[dict[str, Any]]] = models.JSONField(null=True, blank=True)

    # Not a column: what the quote said, while the order is being placed. None: look.
    has_listeners: bool | None = None
    # Nor this: the order isn't stored yet, and a statement before has drawn its key.
    is_key_drawn: bool = False

    objects = OrderQuerySet.as_manager()

    class Meta:
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        ordering = ["-id"]
        constraints = [
            # Not `unique=True`: on a text that would make a second index, for LIKE.
            models.UniqueConstraint(fields=["order_no"], name="order_no_once"),
            models.UniqueConstraint(
                fields=["buyer_key", "channel", "client_ref"], name="order_client_ref_once"
            ),
            models.CheckConstraint(condition=Q(quantity__gte=1), name="order_quantity_positive"),
            models.CheckConstraint(condition=Q(total__gt=0), name="order_total_positive"),
            models.CheckConstraint(
                condition=Q(delivered_quantity__lte=F("quantity")), name="order_not_overdelivered"
            ),
            models.CheckConstraint(
                condition=Q(refunded__gte=0) & Q(refunded__lte=F("total")),
                name="order_refund_at_most_total",
            ),
        ]
        indexes = [
            models.Index(fields=["buyer", "-id"], name="order_of_buyer"),
            # The few that a buyer looks for among the many; local cards never pass through them.
            models.Index(
                fields=["buyer", "-id"],
                condition=Q(status__in=["paid", "fulfilling"]),
                name="order_open_of_buyer",
            ),
            models.Index(
                fields=["buyer", "-id"], condition=Q(status="failed"), name="order_failed_of_buyer"
            ),
            models.Index(
                fields=["-id"], condition=Q(needs_attention=True), name="order_to_look_at"
            ),
            models.Index(
                F("buyer"),
                OpClass(KT("account__phone"), "text_pattern_ops"),
                condition=Q(kind="topup"),
                name="order_of_buyer_by_phone",
            ),
            models.Index(
                fields=["next_sweep_at"],
                condition=Q(next_sweep_at__isnull=False),
                name="order_to_sweep",
            ),
            # For sales of a period: orders lie in the order in which they were placed.
            BrinIndex(
                fields=["finished_at"],
                pages_per_range=16,
                autosummarize=True,
                name="order_by_finish",
            ),
        ]

    def __str__(self) -> str:
        return self.order_no

    @property
    def is_stored(self) -> bool:
        return not self._state.adding

    @property
    def is_final(self) -> bool:
        return self.status in FINAL_STATUSES

    @property
    def target(self) -> str:
        """The account that is charged, for lists: the number first."""
        return self.account.get("phone") or next(iter(self.account.values()), "")


class OrderEvent(models.Model):
    """One line of an order's timeline, as the buyer sees it. Append-only in the database."""

    order = models.ForeignKey(Order, models.PROTECT, related_name="events")
    status = models.CharField(_("status"), max_length=20, choices=OrderStatus.choices)
    # A stable code; `orders.timeline` makes a sentence of it and `details`.
    code = models.CharField(_("what"), max_length=40)
    details: models.JSONField[dict[str, str]] = models.JSONField(default=dict, blank=True)
    at = models.DateTimeField(_("at"), auto_now_add=True)

    class Meta:
        verbose_name = _("timeline row")
        verbose_name_plural = _("timeline")
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.order_id} {self.code}"


class FulfilmentStatus(models.TextChoices):
    QUEUED = "queued", _("waiting to be sent")
    SUBMITTING = "submitting", _("being sent")
    ACCEPTED = "accepted", _("supplier is working on it")
    UNKNOWN = "unknown", _("result unknown")
    SUCCEEDED = "succeeded", _("delivered")
    FAILED = "failed", _("failed")


UNDECIDED = (
    FulfilmentStatus.QUEUED,
    FulfilmentStatus.SUBMITTING,
    FulfilmentStatus.ACCEPTED,
    FulfilmentStatus.UNKNOWN,
)


class _Units(Func):
    """The units of the order that an attempt is about: [first_unit, first_unit + quantity)."""

    function = "int4range"
    arity = 3


class Fulfilment(models.Model):
    """One attempt to deliver (part of) an order through one offer.

    `fulfilment_no` is our number with the supplier: stored before the first send, the same in every
    resend and query. `submitted_at` is when a worker took it to be sent; None: never, so it is
    certainly not with the supplier.
    """

    fulfilment_no = models.CharField(_("number"), max_length=32)
    order = models.ForeignKey(Order, models.PROTECT, related_name="fulfilments")
    offer = models.ForeignKey(Offer, models.PROTECT, related_name="fulfilments", db_index=False)
    supplier = models.ForeignKey(
        Supplier,
        models.PROTECT,
        related_name="fulfilments",
        db_index=False,  # the index fulfilment_of_supplier begins with it
    )
    first_unit = models.PositiveIntegerField(default=0)
    quantity = models.PositiveIntegerField(_("quantity"))
    delivered_quantity = models.PositiveIntegerField(_("delivered"), default=0)
    status = models.CharField(_("status"), max_length=12, choices=FulfilmentStatus.choices)
    cost = models.DecimalField(_("cost"), max_digits=20, decimal_places=4)
    supplier_order_no = models.CharField(_("supplier's number"), max_length=64, blank=True)
    message = models.CharField(_("supplier's last words"), max_length=300, blank=True)
    # Why this offer was chosen and the others passed over: a verdict an offer (suppliers/routing).
    routing: models.JSONField[list[dict[str, Any]]] = models.JSONField(null=True, blank=True)
    is_slow = models.BooleanField(_("slow top-up"), default=False)  # others go before it
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    submitted_at = models.DateTimeField(_("sent"), null=True, blank=True)
    # When the call that sent it was over: from then on nothing of it can still arrive there.
    submit_ended_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    # When a worker has something to do for it: to send it, or to ask about it.
    due_at = models.DateTimeField(_("next action"), null=True, blank=True)
    query_count = models.PositiveIntegerField(_("queries"), default=0)
    late_success_at = models.DateTimeField(_("late success"), null=True, blank=True)
    needs_decision = models.BooleanField(_("a person decides"), default=False)

    class Meta:
        verbose_name = _("fulfilment")
        verbose_name_plural = _("fulfilments")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["fulfilment_no"], name="fulfilment_no_once"),
            models.CheckConstraint(
                condition=Q(quantity__gte=1) & Q(delivered_quantity__lte=F("quantity")),
                name="fulfilment_delivers_at_most_its_units",
            ),
            # Two attempts at the same unit, neither of them failed, could deliver it twice.
            ExclusionConstraint(
                name="one_attempt_a_unit",
                expressions=[
                    ("order", RangeOperators.EQUAL),
                    (
                        _Units(
                            F("first_unit"),
                            F("first_unit") + F("quantity"),
                            RangeBoundary(inclusive_lower=True, inclusive_upper=False),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                condition=~Q(status=FulfilmentStatus.FAILED.value),
            ),
        ]
        indexes = [
            models.Index(
                fields=["supplier", "is_slow", "due_at"],
                condition=Q(due_at__isnull=False),
                name="fulfilment_due",
            ),
            models.Index(
                fields=["-id"], condition=Q(needs_decision=True), name="fulfilment_to_decide"
            ),
            models.Index(
                fields=["-late_success_at"],
                condition=Q(late_success_at__isnull=False),
                name="fulfilment_late_success",
            ),
            models.Index(fields=["supplier", "-id"], name="fulfilment_of_supplier"),
            # For counts of the last day: rows lie in the order of their creation.
            BrinIndex(fields=["created_at"], autosummarize=True, name="fulfilment_by_time"),
        ]

    def __str__(self) -> str:
        return self.fulfilment_no

    @property
    def end_unit(self) -> int:
        """The first unit of the order that this attempt is not about."""
        return self.first_unit + self.quantity


class FulfilmentEvent(models.Model):
    """Evidence: every answer, callback and query about a fulfilment, redacted. Append-only."""

    fulfilment = models.ForeignKey(Fulfilment, models.PROTECT, related_name="evidence")
    source = models.CharField(_("source"), max_length=12)  # submit query callback staff system
    outcome = models.CharField(_("outcome"), max_length=12)
    code = models.CharField(_("code"), max_length=64, blank=True)
    message = models.CharField(_("message"), max_length=300, blank=True)
    # What was said on the wire, redacted: {method, url, sent, status, received, problem, ms}.
    exchanges: models.JSONField[list[dict[str, Any]]] = models.JSONField(default=list, blank=True)
    at = models.DateTimeField(_("at"), auto_now_add=True)

    class Meta:
        verbose_name = _("evidence")
        verbose_name_plural = _("evidence")
        ordering = ["id"]


class Refund(models.Model):
    """Money given back on an order (CNY), to the wallet at once or through the gateway."""

    order = models.ForeignKey(Order, models.PROTECT, related_name="refunds")
    amount = models.DecimalField(_("amount"), max_digits=20, decimal_places=4)
    quantity = models.PositiveIntegerField(_("units refunded"), default=0)
    destination = models.CharField(_("to"), max_length=8, choices=Funding.choices)
    reason = models.CharField(_("reason"), max_length=200)
    # What makes a repeated request for a refund after the sale the same request.
    request_ref = models.CharField(max_length=40, unique=True, null=True, blank=True)
    payment_refund_no = models.CharField(_("gateway refund"), max_length=32, blank=True)
    created_at = models.DateTimeField(_("asked"), auto_now_add=True)
    confirmed_at = models.DateTimeField(_("arrived"), null=True, blank=True)

    class Meta:
        verbose_name = _("refund")
        verbose_name_plural = _("refunds")
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=Decimal(0)), name="refund_positive"),
        ]


class Spending(models.Model):
    """What one buyer with a limit has ordered on a day and in its month (orders/limits.py), CNY.

    The limits stand beside the amounts, so that the database can hold one to the other.
    """

    channel = models.CharField(max_length=12, choices=Channel.choices)
    buyer_key = models.CharField(max_length=48)
    day = models.DateField()
    day_amount = models.DecimalField(max_digits=20, decimal_places=4)
    month_amount = models.DecimalField(max_digits=20, decimal_places=4)
    day_limit = models.DecimalField(max_digits=20, decimal_places=4, null=True)
    month_limit = models.DecimalField(max_digits=20, decimal_places=4, null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["channel", "buyer_key"], name="spending_once"),
            models.CheckConstraint(
                condition=Q(day_limit__isnull=True) | Q(day_amount__lte=F("day_limit")),
                name="spending_within_day",
            ),
            models.CheckConstraint(
                condition=Q(month_limit__isnull=True) | Q(month_amount__lte=F("month_limit")),
                name="spending_within_month",
            ),
        ]
