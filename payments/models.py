"""Money that arrives through a gateway, and money that goes back through it.

A *payment* is what we ask for; a *receipt* is money that truly arrived (one trade of the gateway).
A person can pay one payment twice: two receipts, of which the first settles the payment and every
other goes back by itself. A *payment refund* sends (part of) a receipt back.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from payments.gateways.base import Scene


class PaymentStatus(models.TextChoices):
    PENDING = "pending", _("waiting for payment")
    SETTLED = "settled", _("paid")
    FAILED = "failed", _("failed")
    CLOSED = "closed", _("closed")


class Payment(models.Model):
    """`purpose` names a door in settings.PAYMENT_PURPOSES, `purpose_ref` is that door's own key."""

    payment_no = models.CharField(_("payment number"), max_length=32, unique=True)
    purpose = models.CharField(_("for"), max_length=20)
    purpose_ref = models.CharField(_("reference"), max_length=64)
    payer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="payments",
        verbose_name=_("payer"),
    )
    gateway = models.CharField(_("gateway"), max_length=20)
    amount = models.DecimalField(_("amount"), max_digits=20, decimal_places=4)
    unit = models.CharField(_("unit"), max_length=8, default="CNY")
    subject = models.CharField(_("subject"), max_length=120)
    status = models.CharField(
        _("status"), max_length=10, choices=PaymentStatus.choices, default=PaymentStatus.PENDING
    )
    return_path = models.CharField(max_length=300)
    # Where the person pays, or what the code says that it scans; a signed address is long.
    scene = models.CharField(max_length=8, default=Scene.PAGE.value, db_default=Scene.PAGE.value)
    redirect_url = models.TextField(blank=True)
    code_text = models.TextField(blank=True, default="", db_default="")
    expires_at = models.DateTimeField(_("expires"))
    next_query_at = models.DateTimeField(null=True, blank=True)
    query_count = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    settled_at = models.DateTimeField(_("paid at"), null=True, blank=True)

    class Meta:
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["purpose", "purpose_ref"]),
            models.Index(
                fields=["next_query_at"],
                condition=Q(next_query_at__isnull=False),
                name="payment_to_query",
            ),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="payment_amount_positive"),
        ]

    def __str__(self) -> str:
        return self.payment_no

    @property
    def pay_address(self) -> str:
        """Where to send the person: to the gateway, or to our page, which shows the code."""
        return self.redirect_url or self.return_path


class Receipt(models.Model):
    """Money that arrived: unique per gateway trade, so a repeated notification adds nothing."""

    payment = models.ForeignKey(
        Payment, models.PROTECT, related_name="receipts", verbose_name=_("payment")
    )
    gateway = models.CharField(_("gateway"), max_length=20)
    trade_no = models.CharField(_("gateway's number"), max_length=64)
    amount = models.DecimalField(_("amount"), max_digits=20, decimal_places=4)
    # False: it came on top of a settled payment, or too late, and goes back.
    is_accepted = models.BooleanField(_("accepted"))
    received_at = models.DateTimeField(_("received"), auto_now_add=True)

    class Meta:
        verbose_name = _("receipt")
        verbose_name_plural = _("receipts")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["gateway", "trade_no"], name="receipt_trade_once"),
            models.UniqueConstraint(
                fields=["payment"], condition=Q(is_accepted=True), name="receipt_accepted_once"
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="receipt_amount_positive"),
        ]

    def __str__(self) -> str:
        return self.trade_no


class PaymentRefundStatus(models.TextChoices):
    PENDING = "pending", _("on its way")
    DONE = "done", _("refunded")
    FAILED = "failed", _("needs a person")
    REPLACED = "replaced", _("sent again under a new number")
    BY_HAND = "by_hand", _("paid by hand")
    IN_WALLET = "in_wallet", _("paid into the wallet")


# The money still lies in refund clearing.
UNSETTLED_REFUNDS = (PaymentRefundStatus.PENDING, PaymentRefundStatus.FAILED)


class PaymentRefund(models.Model):
    """Money on its way back; `refund_no` is stored before the first send, kept in every retry.

    What the gateway definitely refused waits for staff (`failed`), who settle it once: their
    `RefundHandling` says how.
    """

    refund_no = models.CharField(_("refund number"), max_length=32, unique=True)
    receipt = models.ForeignKey(
        Receipt, models.PROTECT, related_name="refunds", verbose_name=_("receipt")
    )
    # The first number of the same money, when that one was refused and this one sent instead.
    original = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="later_numbers",
        verbose_name=_("first sent as"),
    )
    amount = models.DecimalField(_("amount"), max_digits=20, decimal_places=4)
    reason = models.CharField(_("reason"), max_length=200)
    status = models.CharField(
        _("status"),
        max_length=10,
        choices=PaymentRefundStatus.choices,
        default=PaymentRefundStatus.PENDING,
    )
    attempt_count = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_attempt_at = models.DateTimeField(null=True, blank=True)
    last_message = models.CharField(_("gateway's last words"), max_length=200, blank=True)
    created_at = models.DateTimeField(_("asked"), auto_now_add=True)
    confirmed_at = models.DateTimeField(_("confirmed"), null=True, blank=True)
    # The gateway refused it, staff settled it another way, and then the gateway paid after all.
    late_done_at = models.DateTimeField(_("paid by the gateway after all"), null=True, blank=True)
    is_paid_twice = models.BooleanField(_("paid twice"), default=False)

    class Meta:
        verbose_name = _("gateway refund")
        verbose_name_plural = _("gateway refunds")
        ordering = ["-id"]
        indexes = [
            models.Index(
                fields=["next_attempt_at"],
                condition=Q(status="pending"),
                name="refund_to_send",
            ),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="payment_refund_positive"),
            # Of all numbers of the same money one counts.
            models.UniqueConstraint(
                Coalesce("original", "id"),
                condition=~Q(status="replaced"),
                name="refund_counts_once",
            ),
        ]

    def __str__(self) -> str:
        return self.refund_no


class HandlingKind(models.TextChoices):
    SENT_AGAIN = "sent_again", _("sent again under a new number")
    BY_HAND = "by_hand", _("paid by bank transfer")
    WALLET = "wallet", _("paid into the buyer's wallet")


class RefundHandling(models.Model):
    """How staff settled a refund that the gateway refused: once, and for good (append-only)."""

    refund = models.OneToOneField(
        PaymentRefund, models.PROTECT, related_name="handling", verbose_name=_("gateway refund")
    )
    kind = models.CharField(_("how"), max_length=12, choices=HandlingKind.choices)
    reason = models.CharField(_("reason"), max_length=200)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("settled by"),
    )
    successor = models.OneToOneField(
        PaymentRefund,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="replaces",
        verbose_name=_("sent again as"),
    )
    paid_on = models.DateField(_("date of the transfer"), null=True, blank=True)
    bank_reference = models.CharField(_("reference of the transfer"), max_length=64, blank=True)
    created_at = models.DateTimeField(_("settled"), auto_now_add=True)

    class Meta:
        verbose_name = _("settlement of a refund")
        verbose_name_plural = _("settlements of refunds")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="sent_again", successor__isnull=False)
                | Q(kind="by_hand", paid_on__isnull=False, successor__isnull=True)
                & ~Q(bank_reference="")
                | Q(kind="wallet", successor__isnull=True),
                name="refund_handling_says_how",
            ),
            # One bank transfer pays one refund.
            models.UniqueConstraint(
                fields=["bank_reference"],
                condition=Q(kind="by_hand"),
                name="refund_transfer_booked_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.refund_id} {self.kind}"
