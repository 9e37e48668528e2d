"""Who sends statements, and how their files are written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _

from reconciliation.columns import Columns, Words
from reconciliation.matching import Role

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    _Text = str | _StrPromise


class PartyKind(models.TextChoices):
    SUPPLIER = "supplier", _("supplier")
    GATEWAY = "gateway", _("payment gateway")


class Encoding(models.TextChoices):
    AUTO = "", _("tell by the file")
    UTF8 = "utf-8", "UTF-8"
    GBK = "gbk", "GBK"


class Negative(models.TextChoices):
    RETURN = Role.RETURN.value, _("money back to us (or a refund)")
    CHARGE = Role.CHARGE.value, _("a charge (or a payment)")


def _column(label: _Text, help_text: _Text = "") -> models.CharField[str, str]:
    return models.CharField(label, max_length=60, blank=True, help_text=help_text)


def _words(label: _Text) -> models.TextField[str, str]:
    return models.TextField(label, max_length=500, blank=True)


class Party(models.Model):
    """One supplier or gateway that sends statements, and how its files are written."""

    kind = models.CharField(_("kind"), max_length=10, choices=PartyKind.choices)
    code = models.CharField(_("code"), max_length=50)
    our_ref_column = _column(_("our number"))
    refund_ref_column = _column(
        _("our refund number"), _("Only where refunds have a column of their own.")
    )
    their_ref_column = _column(_("their number"))
    amount_column = _column(_("amount"))
    fee_column = _column(_("fee"))
    kind_column = _column(_("kind or status"))
    at_column = _column(_("time"))
    balance_column = _column(_("balance after the line"))
    charge_words = _words(_("words for a charge (gateway: a payment)"))
    return_words = _words(_("words for money back (gateway: a refund)"))
    funding_words = _words(_("words for money paid in (gateway: paid out to us)"))
    fee_words = _words(_("words for a fee"))
    ignored_words = _words(_("words for lines without money"))
    negative_means = models.CharField(
        _("a negative amount is"),
        max_length=10,
        choices=Negative.choices,
        default=Negative.RETURN,
        help_text=_("Where no column says what a line is."),
    )
    encoding = models.CharField(
        _("encoding"), max_length=10, choices=Encoding.choices, default=Encoding.AUTO, blank=True
    )

    class Meta:
        verbose_name = _("statement format")
        verbose_name_plural = _("statement formats")
        ordering = ["kind", "code"]
        constraints = [models.UniqueConstraint(fields=["kind", "code"], name="party_once")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.code}"

    @property
    def is_supplier(self) -> bool:
        return self.kind == PartyKind.SUPPLIER

    @property
    def columns(self) -> Columns:
        return Columns(
            our_ref=self.our_ref_column,
            refund_ref=self.refund_ref_column,
            their_ref=self.their_ref_column,
            amount=self.amount_column,
            fee=self.fee_column,
            kind=self.kind_column,
            at=self.at_column,
            balance=self.balance_column,
        )

    @columns.setter
    def columns(self, columns: Columns) -> None:
        self.our_ref_column = columns.our_ref
        self.refund_ref_column = columns.refund_ref
        self.their_ref_column = columns.their_ref
        self.amount_column = columns.amount
        self.fee_column = columns.fee
        self.kind_column = columns.kind
        self.at_column = columns.at
        self.balance_column = columns.balance

    @property
    def words(self) -> Words:
        return Words.of(
            charge=self.charge_words,
            returned=self.return_words,
            funding=self.funding_words,
            fee=self.fee_words,
            ignored=self.ignored_words,
        )
