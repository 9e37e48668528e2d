"""What was uploaded: files, their lines, and the days that they cover."""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from reconciliation.matching import Role
from reconciliation.models.parties import Party

ROLES = [
    (Role.CHARGE.value, _("charge or payment")),
    (Role.RETURN.value, _("money back")),
    (Role.FEE.value, _("fee")),
    (Role.FUNDING.value, _("paid in or out")),
]


class Statement(models.Model):
    """One uploaded file. Withdrawn: its lines were taken out again."""

    party = models.ForeignKey(Party, models.PROTECT, related_name="statements")
    first_day = models.DateField(_("from"))
    last_day = models.DateField(pgettext_lazy("day", "to"))
    file_name = models.CharField(_("file"), max_length=200)
    sha256 = models.CharField(max_length=64)
    line_count = models.PositiveIntegerField(_("lines"))
    new_count = models.PositiveIntegerField(_("new"))
    bad_count = models.PositiveIntegerField(_("left out as bad"), default=0)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("uploaded by"),
    )
    created_at = models.DateTimeField(_("uploaded"), auto_now_add=True)
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)

    class Meta:
        verbose_name = _("statement")
        verbose_name_plural = _("statements")
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.file_name


class StatementLine(models.Model):
    """One line of a statement, once: `digest` finds it again in the same or an overlapping file."""

    statement = models.ForeignKey(Statement, models.PROTECT, related_name="lines")
    party = models.ForeignKey(Party, models.PROTECT, related_name="lines", db_index=False)
    digest = models.CharField(max_length=64)
    line_number = models.PositiveIntegerField(_("line"))
    day = models.DateField(_("day"))
    at = models.DateTimeField(_("at"))
    role = models.CharField(_("what"), max_length=10, choices=ROLES)
    our_ref = models.CharField(_("our number"), max_length=64, blank=True)
    their_ref = models.CharField(_("their number"), max_length=64, blank=True)
    amount = models.DecimalField(_("amount"), max_digits=20, decimal_places=4)
    fee = models.DecimalField(_("fee"), max_digits=20, decimal_places=4, default=0)
    balance = models.DecimalField(
        _("balance after"), max_digits=20, decimal_places=4, null=True, blank=True
    )
    # Its place among the lines of one moment, the later the higher.
    place = models.IntegerField(default=0)
    # What it is about (reconciliation/books): the key of a difference.
    subject = models.CharField(max_length=100)

    class Meta:
        verbose_name = _("statement line")
        verbose_name_plural = _("statement lines")
        ordering = ["at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["party", "digest"], name="statement_line_once"),
        ]
        indexes = [
            models.Index(fields=["party", "subject"], name="line_of_subject"),
            models.Index(fields=["party", "day"], name="line_of_day"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d} {self.our_ref or self.their_ref} {self.amount}"


class StatementDay(models.Model):
    """One day of one party that a statement covers, with both balances at its end.

    Balances are as people say them: what lies with the party for us (a prepaid balance, money
    collected), positive when it is ours.
    """

    party = models.ForeignKey(Party, models.PROTECT, related_name="days")
    day = models.DateField(_("day"))
    stated_balance = models.DecimalField(
        _("their balance"), max_digits=20, decimal_places=4, null=True, blank=True
    )
    our_balance = models.DecimalField(
        _("our balance"), max_digits=20, decimal_places=4, null=True, blank=True
    )
    # Of the difference of both: what open differences explain, and what was booked on another day.
    open_amount = models.DecimalField(
        _("in open differences"), max_digits=20, decimal_places=4, default=0
    )
    timing = models.DecimalField(
        _("booked on another day"), max_digits=20, decimal_places=4, default=0
    )
    line_count = models.PositiveIntegerField(_("lines"), default=0)
    line_total = models.DecimalField(_("sum"), max_digits=20, decimal_places=4, default=0)
    agreed_count = models.PositiveIntegerField(_("agreed"), default=0)
    settled_count = models.PositiveIntegerField(pgettext_lazy("difference", "settled"), default=0)
    open_count = models.PositiveIntegerField(pgettext_lazy("difference", "open"), default=0)
    computed_at = models.DateTimeField(_("as of"), null=True, blank=True)

    class Meta:
        verbose_name = _("daily agreement")
        verbose_name_plural = _("daily agreements")
        ordering = ["-day", "party"]
        constraints = [models.UniqueConstraint(fields=["party", "day"], name="statement_day_once")]

    def __str__(self) -> str:
        return f"{self.party} {self.day}"

    @property
    def gap(self) -> Decimal | None:
        """Their balance less ours; None while one of them isn't known."""
        if self.stated_balance is None or self.our_balance is None:
            return None
        return self.stated_balance - self.our_balance

    @property
    def unexplained(self) -> Decimal | None:
        """What is left of the gap when open differences and timing are taken out."""
        gap = self.gap
        return None if gap is None else gap - self.open_amount - self.timing
