"""What differs from our books, and what staff did about it."""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from ledger.models import Entry
from reconciliation.matching import Verdict
from reconciliation.models.parties import Party


class DifferenceState(models.TextChoices):
    OPEN = "open", pgettext_lazy("difference", "open")
    SETTLED = "settled", pgettext_lazy("difference", "settled")
    LEFT = "left", _("left as it is")


VERDICTS = {
    Verdict.AGREED: _("agreed"),
    Verdict.CHARGED_BUT_FAILED: _("they have it, it failed with us"),
    Verdict.NOT_THERE: _("we have it, they don't"),
    Verdict.AMOUNT_DIFFERS: _("the amount differs"),
    Verdict.UNDECIDED: _("they have it, undecided with us"),
    Verdict.TWICE: _("charged twice"),
    Verdict.NOT_OURS: _("not known to us"),
    Verdict.FEE: _("fee not booked"),
    Verdict.FUNDING: _("payment not booked"),
    Verdict.BALANCE: _("balance unexplained"),
}


class Difference(models.Model):
    """One subject on which a party and our books disagree, or did."""

    party = models.ForeignKey(Party, models.PROTECT, related_name="differences", db_index=False)
    subject = models.CharField(_("about"), max_length=100)
    day = models.DateField(_("day"))
    verdict = models.CharField(
        _("what differs"), max_length=20, choices=[(v.value, text) for v, text in VERDICTS.items()]
    )
    theirs = models.DecimalField(_("they say"), max_digits=20, decimal_places=4)
    ours = models.DecimalField(_("we say"), max_digits=20, decimal_places=4)
    state = models.CharField(
        _("state"), max_length=8, choices=DifferenceState.choices, default=DifferenceState.OPEN
    )
    found_at = models.DateTimeField(_("found"), auto_now_add=True)
    changed_at = models.DateTimeField(_("changed"), auto_now=True)

    class Meta:
        verbose_name = _("difference")
        verbose_name_plural = _("differences")
        ordering = ["-day", "id"]
        constraints = [
            models.UniqueConstraint(fields=["party", "subject"], name="difference_once"),
        ]
        indexes = [
            models.Index(fields=["party", "day"], name="difference_of_day"),
            models.Index(
                fields=["party", "day"],
                condition=Q(state="open"),
                name="difference_open",
            ),
        ]

    def __str__(self) -> str:
        return self.subject

    @property
    def about(self) -> str:
        """The number or day that it is about, without what kind of thing that is."""
        return self.subject.partition(":")[2]

    @property
    def amount(self) -> Decimal:
        """What must be booked so that our books say what they say."""
        return self.theirs - self.ours


class ResolutionKind(models.TextChoices):
    ACCEPT = "accept", _("Accept their figure as our cost")
    FEE = "fee", _("Book the fee")
    CLAIM = "claim", _("Claim it from them")
    CLAIM_PAID = "claim_paid", _("They have paid our claim")
    WRITE_OFF = "write_off", _("Write it off")
    BANK = "bank", _("It went over our bank account")
    BOOKED = "booked", _("It is in our books already")
    LEAVE = "leave", _("Leave it as it is")
    DELIVERED = "delivered", _("Take it as delivered")
    FAILED = "failed", _("Take it as failed")
    PAID = "paid", _("Take the payment")
    REFUNDED = "refunded", _("Take it as refunded")


class Resolution(models.Model):
    """What staff did about a difference. `amount` is what it posted into the party's account."""

    difference = models.ForeignKey(Difference, models.PROTECT, related_name="resolutions")
    kind = models.CharField(_("what"), max_length=12, choices=ResolutionKind.choices)
    amount = models.DecimalField(_("amount"), max_digits=20, decimal_places=4)
    # Posted by it, or (kind `booked`) posted before and counted from now on.
    entry = models.ForeignKey(
        Entry,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="resolutions",
        verbose_name=_("journal entry"),
    )
    reason = models.CharField(_("reason"), max_length=200)
    request_ref = models.CharField(max_length=40, unique=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("by"),
    )
    created_at = models.DateTimeField(_("at"), auto_now_add=True)
    reversed_at = models.DateTimeField(_("taken back"), null=True, blank=True)
    reversal_reason = models.CharField(_("reason for that"), max_length=200, blank=True)
    reversed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("taken back by"),
    )

    class Meta:
        verbose_name = _("resolution")
        verbose_name_plural = _("resolutions")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["entry"],
                condition=Q(reversed_at__isnull=True),
                name="resolution_entry_once",
            ),
        ]
        permissions = [("reconcile", "Can reconcile statements and post what differs")]

    def __str__(self) -> str:
        return f"{self.difference_id} {self.kind}"
