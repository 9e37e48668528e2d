"""Money out of a wallet: bank accounts of an agent's legal person, and withdrawals to them."""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kameng.models.agents import Agent
from kameng.models.funds import MoneyEvent


class AccountStatus(models.TextChoices):
    PENDING = "pending", _("under review")
    VERIFIED = "verified", _("verified")
    REFUSED = "refused", _("refused")
    REMOVED = "removed", _("removed")


class PayoutAccount(models.Model):
    """A bank account that an agent's money may go to, once staff have checked whose it is.

    The number is sealed, bound to `key`; `number_tail` is what people recognise it by, and
    `number_mark` its keyed hash. What the account is never changes: another one is another row.
    """

    key = models.CharField(max_length=32, unique=True, editable=False)
    agent = models.ForeignKey(
        Agent, models.PROTECT, related_name="payout_accounts", verbose_name=_("agent")
    )
    bank = models.CharField(_("bank"), max_length=60)
    branch = models.CharField(_("branch"), max_length=100, blank=True)
    holder = models.CharField(_("account holder"), max_length=100)
    sealed_number = models.BinaryField(editable=False)
    number_mark = models.BinaryField(editable=False)
    number_tail = models.CharField(_("last digits"), max_length=4)
    status = models.CharField(
        _("status"), max_length=10, choices=AccountStatus.choices, default=AccountStatus.PENDING
    )
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    checked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("checked by"),
    )
    verified_at = models.DateTimeField(_("verified at"), null=True, blank=True)
    # Money may go there from then on: a changed account waits.
    usable_from = models.DateTimeField(_("usable from"), null=True, blank=True)
    created_at = models.DateTimeField(_("added"), auto_now_add=True)

    class Meta:
        verbose_name = _("agent's bank account")
        verbose_name_plural = _("agents' bank accounts")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["agent", "number_mark"],
                condition=Q(status__in=("pending", "verified")),
                name="payout_account_once",
            ),
            models.CheckConstraint(
                condition=~Q(status="verified")
                | Q(verified_at__isnull=False, usable_from__isnull=False, checked_by__isnull=False),
                name="payout_account_was_checked",
            ),
        ]
        indexes = [
            models.Index(
                fields=["created_at"],
                condition=Q(status="pending"),
                name="payout_account_waits",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.bank} •••• {self.number_tail}"

    @property
    def is_cooling(self) -> bool:
        return self.usable_from is not None and self.usable_from > timezone.now()


class AccountPaper(models.Model):
    """What shows whose account it is: private, unguessable name."""

    account = models.ForeignKey(
        PayoutAccount, models.PROTECT, related_name="papers", verbose_name=_("bank account")
    )
    file = models.FileField(_("evidence"), upload_to="payout-accounts/%Y/%m")
    created_at = models.DateTimeField(_("sent"), auto_now_add=True)

    class Meta:
        verbose_name = _("evidence of a bank account")
        verbose_name_plural = _("evidence of bank accounts")
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.account_id}/{self.pk}"

    @property
    def is_picture(self) -> bool:
        return not str(self.file.name).endswith(".pdf")


class WithdrawalStatus(models.TextChoices):
    REQUESTED = "requested", _("under review")
    CHECKED = "checked", _("second check")
    APPROVED = "approved", _("approved, on its way")
    PAID = "paid", _("paid")
    REFUSED = "refused", _("refused")
    CANCELLED = "cancelled", _("cancelled by you")
    FAILED = "failed", _("couldn't be paid")
    RETURNED = "returned", _("came back from the bank")


W = WithdrawalStatus
# The money is out of the wallet and has not left us.
OPEN_WITHDRAWALS = (W.REQUESTED, W.CHECKED, W.APPROVED)
# The money is in the wallet again.
UNDONE_WITHDRAWALS = (W.REFUSED, W.CANCELLED, W.FAILED, W.RETURNED)


class Withdrawal(models.Model):
    """`amount` (CNY) leaves the wallet at once; `amount` less `fee` reaches the bank account."""

    withdrawal_no = models.CharField(_("number"), max_length=32, unique=True)
    agent = models.ForeignKey(
        Agent, models.PROTECT, related_name="withdrawals", db_index=False, verbose_name=_("agent")
    )
    account = models.ForeignKey(
        PayoutAccount, models.PROTECT, related_name="withdrawals", verbose_name=_("bank account")
    )
    client_ref = models.CharField(_("reference"), max_length=64)
    amount = models.DecimalField(_("amount"), max_digits=20, decimal_places=4)
    fee = models.DecimalField(_("fee"), max_digits=20, decimal_places=4)
    status = models.CharField(
        _("status"), max_length=12, choices=WithdrawalStatus.choices, default=W.REQUESTED
    )
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    needs_second = models.BooleanField(_("two people approve"), default=False)
    first_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("first approved by"),
    )
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("approved by"),
    )
    bank_txn_no = models.CharField(_("bank's transaction number"), max_length=64, blank=True)
    created_at = models.DateTimeField(_("asked"), auto_now_add=True)
    approved_at = models.DateTimeField(_("approved"), null=True, blank=True)
    paid_at = models.DateTimeField(_("paid at"), null=True, blank=True)

    class Meta:
        verbose_name = _("withdrawal")
        verbose_name_plural = _("withdrawals")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["agent", "client_ref"], name="withdrawal_ref_once"),
            models.CheckConstraint(
                condition=Q(amount__gt=0, fee__gte=0, fee__lt=F("amount")),
                name="withdrawal_pays_something",
            ),
            models.UniqueConstraint(
                fields=["bank_txn_no"],
                condition=Q(status="paid"),
                name="withdrawal_paid_once",
            ),
            models.CheckConstraint(
                condition=(
                    Q(status__in=("paid", "returned"), paid_at__isnull=False) & ~Q(bank_txn_no="")
                )
                | (~Q(status__in=("paid", "returned")) & Q(paid_at__isnull=True, bank_txn_no="")),
                name="withdrawal_was_paid",
            ),
            models.CheckConstraint(
                condition=Q(
                    status__in=("approved", "paid", "failed", "returned"),
                    approved_by__isnull=False,
                    approved_at__isnull=False,
                )
                | (
                    ~Q(status__in=("approved", "paid", "failed", "returned"))
                    & Q(approved_by__isnull=True, approved_at__isnull=True)
                ),
                name="withdrawal_was_approved",
            ),
            models.CheckConstraint(
                condition=Q(needs_second=False)
                | (Q(first_by__isnull=False) & ~Q(approved_by=F("first_by")))
                | Q(first_by__isnull=False, approved_by__isnull=True),
                name="withdrawal_four_eyes",
            ),
        ]
        indexes = [
            models.Index(fields=["agent", "-id"], name="withdrawal_of_agent"),
            models.Index(
                fields=["created_at"],
                condition=Q(status__in=("requested", "checked", "approved")),
                name="withdrawal_waits",
            ),
        ]

    def __str__(self) -> str:
        return self.withdrawal_no

    @property
    def net(self) -> Decimal:
        """What reaches the bank account (CNY)."""
        return self.amount - self.fee

    @property
    def tone_status(self) -> str:
        """For the colour: to an order, “paid” is a beginning; here it is the end."""
        return "settled" if self.status == WithdrawalStatus.PAID else self.status

    @property
    def is_undone(self) -> bool:
        return self.status in UNDONE_WITHDRAWALS

    @property
    def asked_reference(self) -> str:
        return f"withdrawal:{self.withdrawal_no}:asked"

    @property
    def paid_reference(self) -> str:
        return f"withdrawal:{self.withdrawal_no}:paid"


class WithdrawalEvent(MoneyEvent):
    withdrawal = models.ForeignKey(
        Withdrawal, models.PROTECT, related_name="events", verbose_name=_("withdrawal")
    )

    class Meta(MoneyEvent.Meta):
        verbose_name = _("step of a withdrawal")
        verbose_name_plural = _("steps of a withdrawal")
