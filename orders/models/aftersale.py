"""What happens to goods after they were delivered: replaced, marked as faulty, claimed back."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from catalog.models import Card
from orders.models.orders import Channel, Fulfilment, Order
from suppliers.models import Supplier


class ReplacementStatus(models.TextChoices):
    OPEN = "open", _("under way")
    DELIVERED = "delivered", _("replaced")
    PARTLY_DELIVERED = "partly_delivered", _("partly replaced")
    FAILED = "failed", _("could not be replaced")


class Replacement(models.Model):
    """Units of a delivered order that are delivered once more, at our cost.

    Its units are numbered after the order's own: [first_unit, first_unit + quantity), from
    `Order.quantity` on. So the attempts at them are told from the order's by their units, and the
    rule that no unit is with two attempts holds for them, too. `cost` (CNY) is what came of it.
    """

    order = models.ForeignKey(
        Order, models.PROTECT, related_name="replacements", verbose_name=_("order")
    )
    first_unit = models.PositiveIntegerField()
    quantity = models.PositiveIntegerField(_("units"))
    delivered_quantity = models.PositiveIntegerField(_("delivered"), default=0)
    cost = models.DecimalField(_("cost"), max_digits=20, decimal_places=4, default=0)
    status = models.CharField(
        _("status"),
        max_length=16,
        choices=ReplacementStatus.choices,
        default=ReplacementStatus.OPEN,
    )
    reason = models.CharField(_("reason"), max_length=200)
    # What makes a repeated request the same request.
    request_ref = models.CharField(max_length=40, unique=True)
    created_at = models.DateTimeField(_("decided"), auto_now_add=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    class Meta:
        verbose_name = _("replacement")
        verbose_name_plural = _("replacements")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["order", "first_unit"], name="replacement_units_once"),
            models.CheckConstraint(
                condition=Q(quantity__gte=1) & Q(delivered_quantity__lte=F("quantity")),
                name="replacement_delivers_at_most_its_units",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order_id} +{self.quantity}"

    @property
    def end_unit(self) -> int:
        return self.first_unit + self.quantity


class FaultyCard(models.Model):
    """A code that was sold and didn't work: written off. It stays on its order, marked."""

    card = models.OneToOneField(
        Card, models.PROTECT, related_name="fault", verbose_name=_("card"), primary_key=True
    )
    order = models.ForeignKey(
        Order, models.PROTECT, related_name="faulty_cards", verbose_name=_("order")
    )
    reason = models.CharField(_("reason"), max_length=200)
    created_at = models.DateTimeField(_("marked"), auto_now_add=True)

    class Meta:
        verbose_name = _("faulty code")
        verbose_name_plural = _("faulty codes")

    def __str__(self) -> str:
        return f"{self.order_id} {self.card_id}"


class SupplierClaimStatus(models.TextChoices):
    OPEN = "open", _("claimed")
    ACCEPTED = "accepted", _("accepted")
    REFUSED = "refused", _("refused")


class SupplierClaim(models.Model):
    """What we want back from a supplier for goods that it delivered badly (CNY).

    `amount` is claimed, `accepted_amount` granted, and only that is booked: the supplier is owed
    less, and the goods of the order's channel have cost less.
    """

    order = models.ForeignKey(
        Order, models.PROTECT, related_name="supplier_claims", verbose_name=_("order")
    )
    supplier = models.ForeignKey(
        Supplier, models.PROTECT, related_name="claims", verbose_name=_("supplier")
    )
    # The attempt that went wrong; None for codes of our own stock, bought from the supplier.
    fulfilment = models.ForeignKey(
        Fulfilment,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="supplier_claims",
        verbose_name=_("attempt"),
    )
    channel = models.CharField(_("channel"), max_length=12, choices=Channel.choices)
    amount = models.DecimalField(_("claimed"), max_digits=20, decimal_places=4)
    accepted_amount = models.DecimalField(
        _("granted"), max_digits=20, decimal_places=4, null=True, blank=True
    )
    status = models.CharField(
        _("status"),
        max_length=8,
        choices=SupplierClaimStatus.choices,
        default=SupplierClaimStatus.OPEN,
    )
    reason = models.CharField(_("reason"), max_length=200)
    answer = models.CharField(_("supplier's answer"), max_length=200, blank=True)
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("opened by"),
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("entered by"),
    )
    request_ref = models.CharField(max_length=40, unique=True)
    created_at = models.DateTimeField(_("claimed at"), auto_now_add=True)
    decided_at = models.DateTimeField(_("answered at"), null=True, blank=True)

    class Meta:
        verbose_name = _("claim against a supplier")
        verbose_name_plural = _("claims against suppliers")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="supplier_claim_positive"),
            models.CheckConstraint(
                condition=(
                    Q(status="accepted", accepted_amount__gt=0, accepted_amount__lte=F("amount"))
                    | (~Q(status="accepted") & Q(accepted_amount__isnull=True))
                ),
                name="supplier_claim_granted_as_accepted",
            ),
        ]
        indexes = [
            models.Index(
                fields=["created_at"], condition=Q(status="open"), name="supplier_claim_open"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.supplier_id} {self.amount}"
