"""Deposit that an agent hands to an agent below it, and the rules for that."""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kameng.models.agents import Agent
from ledger.models import Entry

FEN = Decimal("0.01")


class TransferRules(models.Model):
    """One row: what staff allow (CNY). Without it, the defaults hold."""

    is_open = models.BooleanField(_("transfers are possible"), default=True)
    levels = models.PositiveSmallIntegerField(
        _("levels below"),
        null=True,
        blank=True,
        default=None,
        validators=[MinValueValidator(1), MaxValueValidator(50)],
        help_text=_("How far below its own agent money may go; 1: direct only; empty: any level."),
    )
    minimum = models.DecimalField(
        _("least amount"),
        max_digits=20,
        decimal_places=2,
        default=Decimal(10),
        validators=[MinValueValidator(FEN)],
    )
    single_limit = models.DecimalField(
        _("one transfer at most"),
        max_digits=20,
        decimal_places=2,
        default=Decimal(50_000),
        validators=[MinValueValidator(FEN)],
    )
    daily_limit = models.DecimalField(
        _("a day at most"),
        max_digits=20,
        decimal_places=2,
        default=Decimal(200_000),
        validators=[MinValueValidator(FEN)],
        help_text=_("Everything that one agent hands on in a day, to all agents together."),
    )

    class Meta:
        verbose_name = _("rules for transfers")
        verbose_name_plural = _("rules for transfers")
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="transfer_rules_once"),
            models.CheckConstraint(
                condition=Q(minimum__gt=0)
                & Q(single_limit__gte=F("minimum"))
                & Q(daily_limit__gte=F("single_limit")),
                name="transfer_rules_fit",
                violation_error_message=_(
                    "One transfer must allow the least amount, and a day must allow one transfer."
                ),
            ),
        ]

    def __str__(self) -> str:
        return str(self._meta.verbose_name)


class TransferStatus(models.TextChoices):
    DONE = "done", _("arrived")
    REVERSED = "reversed", _("taken back")


class DepositTransfer(models.Model):
    """One transfer (CNY). It has moved the money when it exists; staff may take it back once."""

    transfer_no = models.CharField(_("number"), max_length=32, unique=True)
    sender = models.ForeignKey(
        Agent,
        models.PROTECT,
        related_name="transfers_sent",
        db_index=False,  # transfer_client_ref_once and transfer_sent begin with it
        verbose_name=pgettext_lazy("agent", "from"),
    )
    receiver = models.ForeignKey(
        Agent,
        models.PROTECT,
        related_name="transfers_received",
        db_index=False,  # transfer_received begins with it
        verbose_name=pgettext_lazy("agent", "to"),
    )
    # How far below the sender the receiver was then.
    levels_below = models.PositiveSmallIntegerField(_("levels below"))
    client_ref = models.CharField(max_length=64)
    amount = models.DecimalField(_("amount"), max_digits=20, decimal_places=2)
    note = models.CharField(_("note"), max_length=100, blank=True)
    status = models.CharField(
        _("status"), max_length=8, choices=TransferStatus.choices, default=TransferStatus.DONE
    )
    entry = models.OneToOneField(
        Entry, models.PROTECT, related_name="+", verbose_name=_("journal entry")
    )
    created_at = models.DateTimeField(_("at"), auto_now_add=True)
    reversed_at = models.DateTimeField(_("taken back"), null=True, blank=True)
    reversed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("taken back by"),
    )
    reversal_reason = models.CharField(_("reason"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("deposit transfer")
        verbose_name_plural = _("deposit transfers")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["sender", "client_ref"], name="transfer_client_ref_once"
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="transfer_positive"),
            models.CheckConstraint(
                condition=~Q(sender=F("receiver")), name="transfer_to_somebody_else"
            ),
            models.CheckConstraint(
                condition=Q(status="done", reversed_at__isnull=True)
                | Q(status="reversed", reversed_at__isnull=False),
                name="transfer_reversed_is_dated",
            ),
        ]
        indexes = [
            models.Index(fields=["sender", "-id"], name="transfer_sent"),
            models.Index(fields=["receiver", "-id"], name="transfer_received"),
        ]

    def __str__(self) -> str:
        return self.transfer_no
