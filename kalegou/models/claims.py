"""What a buyer says is wrong with delivered goods, and what we decided."""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from catalog.models import Card
from kalegou.models.tickets import Ticket
from orders.models import Order, Replacement


class ClaimKind(models.TextChoices):
    CODE_INVALID = "code_invalid", _("The code is not valid")
    CODE_USED = "code_used", _("The code was used already")
    WRONG_ACCOUNT = "wrong_account", _("It went to another account")
    NOT_RECEIVED = "not_received", _("It hasn't arrived")


class ClaimStatus(models.TextChoices):
    OPEN = "open", _("being looked at")
    REPLACING = "replacing", _("replacement under way")
    REPLACED = "replaced", _("replaced")
    REFUNDED = "refunded", _("refunded")
    REFUSED = "refused", _("refused")
    WITHDRAWN = "withdrawn", _("taken back")


UNDECIDED_CLAIMS = (ClaimStatus.OPEN, ClaimStatus.REPLACING)


class Claim(models.Model):
    """One claim after the sale, about `quantity` units of an order.

    Its evidence, text and pictures, are the messages of its ticket. An order has one undecided
    claim at a time. `refunded` (CNY) is what went back because of it.
    """

    claim_no = models.CharField(_("claim"), max_length=32, unique=True)
    order = models.ForeignKey(Order, models.PROTECT, related_name="claims", verbose_name=_("order"))
    ticket = models.OneToOneField(
        Ticket, models.PROTECT, related_name="claim", verbose_name=_("ticket")
    )
    kind = models.CharField(_("what is wrong"), max_length=16, choices=ClaimKind.choices)
    quantity = models.PositiveIntegerField(_("units"))
    status = models.CharField(
        _("status"), max_length=12, choices=ClaimStatus.choices, default=ClaimStatus.OPEN
    )
    refunded = models.DecimalField(
        _("refunded"), max_digits=20, decimal_places=4, default=Decimal(0)
    )
    replacement = models.OneToOneField(
        Replacement, models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(_("claimed at"), auto_now_add=True)
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("decided by"),
    )
    answer = models.CharField(_("what the buyer was told"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("claim after the sale")
        verbose_name_plural = _("claims after the sale")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gte=1), name="claim_of_something"),
            models.UniqueConstraint(
                fields=["order"],
                condition=Q(status__in=["open", "replacing"]),
                name="one_undecided_claim_an_order",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["open", "withdrawn"]) | Q(decided_at__isnull=False),
                name="claim_decided_at",
            ),
        ]
        indexes = [
            models.Index(
                fields=["created_at"],
                condition=Q(status__in=["open", "replacing"]),
                name="claim_undecided",
            ),
        ]

    def __str__(self) -> str:
        return self.claim_no

    @property
    def badge(self) -> str:
        """The status for `ui.tones`, where an open thing is a good one."""
        return "pending" if self.status == ClaimStatus.OPEN else str(self.status)

    @property
    def is_undecided(self) -> bool:
        return self.status in UNDECIDED_CLAIMS


class ClaimedCard(models.Model):
    """One code that a claim is about. `is_live`: not of a claim that was refused or taken back, so
    that nobody claims one code twice."""

    claim = models.ForeignKey(Claim, models.CASCADE, related_name="cards")
    card = models.ForeignKey(Card, models.PROTECT, related_name="+")
    is_live = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["card"], condition=Q(is_live=True), name="code_claimed_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.claim_id} {self.card_id}"
