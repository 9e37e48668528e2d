"""Accounts, journal entries and postings. Nothing here knows what an order is.

Signs: positive is value *into* the account; an entry's postings sum to zero per unit, which a
statement trigger enforces (migration 0002). Entries and postings are append-only in the database.

Two sorts of account:
- guarded: a person's wallet or points. The row keeps `balance`, locked by whoever posts to it, and
  it never falls below `floor` (a CHECK).
- open: everything else (escrow, revenue, payable, cash, …). The row is never locked nor updated by
  a posting, so it can't be hot; its balance is `checkpoint_balance` plus the postings after
  `checkpoint_posting`.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Unit(models.TextChoices):
    CNY = "CNY", _("yuan")
    POINT = "POINT", _("points")
    # What agents try the API out with: worth nothing, and never in one entry with the others.
    PLAY = "PLAY", _("play money")


class AccountKind(models.TextChoices):
    WALLET = "wallet", _("wallet")
    POINTS = "points", _("points")
    ESCROW = "escrow", _("escrow")
    REVENUE = "revenue", _("revenue")
    COST = "cost", _("cost of goods")
    INVENTORY = "inventory", _("inventory")
    SUPPLIER = "supplier", _("supplier")
    COMMISSION_EXPENSE = "commission_expense", _("commission expense")
    COMMISSION_PAYABLE = "commission_payable", _("commission payable")
    CASH = "cash", _("cash")
    REFUND_CLEARING = "refund_clearing", _("refund clearing")
    WITHDRAWAL = "withdrawal", _("withdrawal")
    POINTS_ISSUED = "points_issued", _("points issued")
    PROMOTION_EXPENSE = "promotion_expense", _("promotion expense")
    FEE_EXPENSE = "fee_expense", _("fee expense")
    FEE_INCOME = "fee_income", _("fee income")
    SUPPLIER_LOSS = "supplier_loss", _("supplier loss")
    SUPPLIER_CLAIM = "supplier_claim", _("claim against a supplier")
    GATEWAY_LOSS = "gateway_loss", _("gateway loss")
    GATEWAY_CLAIM = "gateway_claim", _("claim against a gateway")
    PLAY_ISSUED = "play_issued", _("play money issued")


# The database holds accounts to both, by triggers that a move of the balance doesn't wake
# (migration 0008).
GUARDED_KINDS = (AccountKind.WALLET.value, AccountKind.POINTS.value)
# Play accounts are of these kinds only: there is no cash, no commission and no stock of play money.
PLAY_KINDS = (
    AccountKind.WALLET.value,
    AccountKind.ESCROW.value,
    AccountKind.REVENUE.value,
    AccountKind.COST.value,
    AccountKind.SUPPLIER.value,
    AccountKind.SUPPLIER_LOSS.value,
    AccountKind.PLAY_ISSUED.value,
)


class Account(models.Model):
    """One account. (kind, scope, owner, unit) names it; `ledger.accounts` builds the names."""

    kind = models.CharField(_("kind"), max_length=24, choices=AccountKind.choices)
    # What the account is about, besides a person: a channel, gateway or supplier code.
    scope = models.CharField(_("scope"), max_length=50, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="ledger_accounts",
        verbose_name=_("owner"),
    )
    unit = models.CharField(_("unit"), max_length=8, choices=Unit.choices, default=Unit.CNY)
    is_guarded = models.BooleanField(_("guarded"), default=False)
    balance = models.DecimalField(
        _("balance"), max_digits=20, decimal_places=4, null=True, blank=True
    )
    floor = models.DecimalField(_("floor"), max_digits=20, decimal_places=4, default=0)
    # Where the floor has still to climb, with the balance: a credit line ended while in use.
    climbs_to = models.DecimalField(
        _("floor climbs to"), max_digits=20, decimal_places=4, null=True, blank=True
    )
    checkpoint_balance = models.DecimalField(
        _("checkpoint balance"), max_digits=20, decimal_places=4, default=0
    )
    checkpoint_posting = models.BigIntegerField(_("checkpoint posting"), default=0)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "scope", "owner", "unit"],
                name="account_name_unique",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=(
                    models.Q(is_guarded=True, balance__isnull=False)
                    | models.Q(is_guarded=False, balance__isnull=True)
                ),
                name="account_guarded_keeps_balance",
            ),
            models.CheckConstraint(
                condition=models.Q(balance__isnull=True) | models.Q(balance__gte=models.F("floor")),
                name="account_balance_at_least_floor",
            ),
        ]

    def __str__(self) -> str:
        return ":".join(part for part in (self.kind, self.scope, str(self.owner_id or "")) if part)


class EntryKind(models.TextChoices):
    DEPOSIT = "deposit", _("deposit")
    DEPOSIT_TRANSFER = "deposit_transfer", _("deposit transfer")
    PAYMENT = "payment", _("payment")
    ORDER_PLACED = "order_placed", _("order placed")
    ORDER_COMPLETED = "order_completed", _("order completed")
    ORDER_REFUNDED = "order_refunded", _("order refunded")
    REFUND_CONFIRMED = "refund_confirmed", _("refund confirmed")
    REFUND_SETTLED = "refund_settled", _("refund paid another way")
    GATEWAY_LOSS = "gateway_loss", _("refund paid twice")
    COMMISSION_SETTLED = "commission_settled", _("commission settled")
    COMMISSION_REVERSED = "commission_reversed", _("commission taken back")
    WITHDRAWAL = "withdrawal", _("withdrawal")
    POINTS = "points", _("points")
    POINTS_GIFT = "points_gift", _("points as a gift")
    POINTS_EXPIRED = "points_expired", _("points ran out")
    STOCK_PURCHASE = "stock_purchase", _("stock purchase")
    SUPPLIER_LOSS = "supplier_loss", _("late success booked as a loss")
    FEE = "fee", _("fee")
    ADJUSTMENT = "adjustment", _("adjustment")
    RECONCILIATION = "reconciliation", _("reconciliation")
    ORDER_REPLACED = "order_replaced", _("goods replaced")
    SUPPLIER_CLAIM = "supplier_claim", _("claim granted by a supplier")
    REVERSAL = "reversal", _("reversal")
    PLAY_MONEY = "play_money", _("play money")


class Entry(models.Model):
    """One movement of money or points. `reference` is unique: posting it twice does nothing."""

    reference = models.CharField(_("reference"), max_length=100)
    kind = models.CharField(_("kind"), max_length=24, choices=EntryKind.choices)
    memo = models.CharField(_("memo"), max_length=200, blank=True)
    reverses = models.OneToOneField(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="reversed_by",
        verbose_name=_("reverses"),
    )
    created_at = models.DateTimeField(_("at"), auto_now_add=True)

    class Meta:
        verbose_name = _("journal entry")
        verbose_name_plural = _("journal entries")
        ordering = ["-id"]
        constraints = [
            # Not `unique=True`: on a text that would make a second index, for LIKE.
            models.UniqueConstraint(fields=["reference"], name="entry_reference_once"),
        ]

    def __str__(self) -> str:
        return self.reference


class Posting(models.Model):
    """One line of an entry. `balance_after` is the running balance of a guarded account."""

    # Both are foreign keys by the trigger of migration 0002, which looks once a batch, locks
    # nothing, and also sees that a posting has its account's unit.
    entry = models.ForeignKey(
        Entry,
        models.PROTECT,
        related_name="postings",
        db_constraint=False,
        verbose_name=_("journal entry"),
    )
    account = models.ForeignKey(
        Account,
        models.PROTECT,
        related_name="postings",
        db_constraint=False,
        db_index=False,
        verbose_name=_("account"),
    )
    unit = models.CharField(_("unit"), max_length=8, choices=Unit.choices)
    amount = models.DecimalField(_("amount"), max_digits=20, decimal_places=4)
    balance_after = models.DecimalField(
        _("balance after"), max_digits=20, decimal_places=4, null=True, blank=True
    )

    class Meta:
        verbose_name = _("posting")
        verbose_name_plural = _("postings")
        indexes = [models.Index(fields=["account", "id"], name="posting_statement")]
        constraints = [
            models.CheckConstraint(condition=~models.Q(amount=0), name="posting_is_not_zero"),
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.amount} {self.unit}"
