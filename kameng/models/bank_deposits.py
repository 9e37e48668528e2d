"""Deposits by bank transfer: our own bank accounts, what agents declare, what staff found."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from kameng.models.agents import Agent
from kameng.models.funds import MoneyEvent


class BankDetails(models.Model):
    """One of our own accounts that agents transfer to."""

    bank = models.CharField(_("bank"), max_length=60)
    branch = models.CharField(_("branch"), max_length=100, blank=True)
    account_name = models.CharField(_("account name"), max_length=100)
    account_number = models.CharField(_("account number"), max_length=40)
    currency = models.CharField(_("currency"), max_length=8, default="CNY", editable=False)
    is_open = models.BooleanField(
        _("shown to agents"),
        default=True,
        help_text=_("Off: no new transfers to it. What was announced is still confirmed."),
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    note = models.CharField(
        _("note for agents"),
        max_length=200,
        blank=True,
        help_text=_("For example when transfers arrive."),
    )

    class Meta:
        verbose_name = _("our bank account")
        verbose_name_plural = _("our bank accounts")
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["account_number"], name="bank_details_once"),
        ]

    def __str__(self) -> str:
        return f"{self.bank} {self.account_number[-4:]}"


class DepositStatus(models.TextChoices):
    ANNOUNCED = "announced", _("waiting for your transfer")
    SUBMITTED = "submitted", _("being checked")
    CORRECTION = "correction", _("please correct")
    CHECKED = "checked", _("second check")
    CONFIRMED = "confirmed", _("in your balance")
    REFUSED = "refused", _("refused")
    CANCELLED = "cancelled", _("cancelled by you")
    REVERSED = "reversed", _("taken back")


S = DepositStatus
OPEN_DEPOSITS = (S.ANNOUNCED, S.SUBMITTED, S.CORRECTION, S.CHECKED)
# What staff have to do something about.
WAITING_DEPOSITS = (S.SUBMITTED, S.CHECKED)


class OfflineDeposit(models.Model):
    """A bank transfer into a wallet: announced, declared with proof, found by staff, booked.

    `amount` is what the agent says (CNY), `received_amount` what came; `bank_txn_no` is the bank's
    number of it, booked once. `first_by` found it; above an amount `confirmed_by` is another.
    """

    deposit_no = models.CharField(_("number"), max_length=32, unique=True)
    # What the payer writes into the transfer, so that it is found on our statement.
    reference = models.CharField(_("transfer reference"), max_length=12, unique=True)
    agent = models.ForeignKey(
        Agent, models.PROTECT, related_name="offline_deposits", verbose_name=_("agent")
    )
    bank = models.ForeignKey(
        BankDetails, models.PROTECT, related_name="deposits", verbose_name=_("our account")
    )
    amount = models.DecimalField(_("amount declared"), max_digits=20, decimal_places=4)
    payer_name = models.CharField(_("payer"), max_length=100, blank=True)
    paid_on = models.DateField(_("transferred on"), null=True, blank=True)
    status = models.CharField(
        _("status"), max_length=12, choices=DepositStatus.choices, default=DepositStatus.ANNOUNCED
    )
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    received_amount = models.DecimalField(
        _("amount received"), max_digits=20, decimal_places=4, null=True, blank=True
    )
    bank_txn_no = models.CharField(_("bank's transaction number"), max_length=64, blank=True)
    needs_second = models.BooleanField(_("two people confirm"), default=False)
    first_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("found by"),
    )
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("confirmed by"),
    )
    confirmed_at = models.DateTimeField(_("confirmed"), null=True, blank=True)
    created_at = models.DateTimeField(_("announced"), auto_now_add=True)
    submitted_at = models.DateTimeField(_("declared"), null=True, blank=True)

    class Meta:
        verbose_name = _("bank transfer")
        verbose_name_plural = _("bank transfers")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="offline_deposit_positive"),
            models.UniqueConstraint(
                fields=["bank", "bank_txn_no"],
                condition=Q(status__in=("checked", "confirmed")),
                name="bank_transfer_booked_once",
            ),
            models.CheckConstraint(
                condition=(
                    Q(status__in=("checked", "confirmed", "reversed"))
                    & Q(received_amount__gt=0, first_by__isnull=False)
                    & ~Q(bank_txn_no="")
                )
                | (
                    ~Q(status__in=("checked", "confirmed", "reversed"))
                    & Q(received_amount__isnull=True, first_by__isnull=True, bank_txn_no="")
                ),
                name="offline_deposit_was_found",
            ),
            models.CheckConstraint(
                condition=Q(
                    status__in=("confirmed", "reversed"),
                    confirmed_by__isnull=False,
                    confirmed_at__isnull=False,
                )
                | (
                    ~Q(status__in=("confirmed", "reversed"))
                    & Q(confirmed_by__isnull=True, confirmed_at__isnull=True)
                ),
                name="offline_deposit_was_confirmed",
            ),
            models.CheckConstraint(
                condition=Q(needs_second=False)
                | Q(confirmed_by__isnull=True)
                | ~Q(confirmed_by=F("first_by")),
                name="offline_deposit_four_eyes",
            ),
        ]
        indexes = [
            models.Index(fields=["agent", "-id"], name="offline_deposit_of_agent"),
            models.Index(
                fields=["submitted_at"],
                condition=Q(status__in=("submitted", "checked")),
                name="offline_deposit_waits",
            ),
        ]

    def __str__(self) -> str:
        return self.deposit_no

    @property
    def is_open(self) -> bool:
        return self.status in OPEN_DEPOSITS

    @property
    def can_be_declared(self) -> bool:
        return self.status in (DepositStatus.ANNOUNCED, DepositStatus.CORRECTION)

    @property
    def entry_reference(self) -> str:
        return f"offline-deposit:{self.deposit_no}"


class DepositProof(models.Model):
    """A picture or PDF that shows the transfer: private, unguessable name, never replaced."""

    deposit = models.ForeignKey(
        OfflineDeposit, models.PROTECT, related_name="proofs", verbose_name=_("bank transfer")
    )
    file = models.FileField(_("proof"), upload_to="deposits/%Y/%m")
    created_at = models.DateTimeField(_("sent"), auto_now_add=True)

    class Meta:
        verbose_name = _("proof of a transfer")
        verbose_name_plural = _("proofs of transfers")
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.deposit_id}/{self.pk}"

    @property
    def is_picture(self) -> bool:
        return not str(self.file.name).endswith(".pdf")


class DepositEvent(MoneyEvent):
    deposit = models.ForeignKey(
        OfflineDeposit, models.PROTECT, related_name="events", verbose_name=_("bank transfer")
    )

    class Meta(MoneyEvent.Meta):
        verbose_name = _("step of a bank transfer")
        verbose_name_plural = _("steps of a bank transfer")
