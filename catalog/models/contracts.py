"""Contracts that let us sell official goods (授权协议).

What is marked as official is on the shelf as long as a contract covers it, and not a day longer:
`catalog.authorisation` has that rule for one SKU and for many.
"""

from __future__ import annotations

from datetime import date

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.models.goods import SKU, Product, in_language


class ContractQuerySet(models.QuerySet["SupplierContract"]):
    def valid_on(self, day: date) -> ContractQuerySet:
        """In force all of that day (of the shop's clock): both ends of the validity are in it."""
        return self.filter(valid_from__lte=day, valid_until__gte=day, ended_at=None)


class SupplierContract(models.Model):
    """The paper by which a brand or carrier lets a supplier of ours sell its goods.

    Shown to buyers as it stands here. It covers every SKU of `products`, and `skus` one by one.
    """

    supplier_code = models.SlugField(_("supplier"), max_length=50)
    party = models.CharField(
        _("contract party"),
        max_length=120,
        help_text=_("The company that authorises the sale, as on the paper. Buyers see it."),
    )
    party_en = models.CharField(_("contract party, English"), max_length=160, blank=True)
    number = models.CharField(_("contract number"), max_length=60, unique=True)
    scope = models.CharField(
        _("scope"), max_length=200, help_text=_("What may be sold where, in a sentence for buyers.")
    )
    scope_en = models.CharField(_("English scope"), max_length=250, blank=True)
    valid_from = models.DateField(_("valid from"))
    valid_until = models.DateField(_("valid until"), help_text=_("The last day."))
    products = models.ManyToManyField(
        Product,
        blank=True,
        related_name="contracts",
        verbose_name=_("products, with all their SKUs"),
    )
    skus = models.ManyToManyField(
        SKU, blank=True, related_name="contracts", verbose_name=_("single SKUs")
    )
    ended_at = models.DateTimeField(_("ended early"), null=True, blank=True, editable=False)
    ended_why = models.CharField(
        _("why it ended"), max_length=200, blank=True, default="", editable=False
    )
    created_at = models.DateTimeField(_("entered"), auto_now_add=True)

    objects = ContractQuerySet.as_manager()

    class Meta:
        verbose_name = _("supplier contract")
        verbose_name_plural = _("supplier contracts")
        ordering = ["valid_until", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_until__gte=F("valid_from")),
                name="contract_ends_after_it_begins",
                violation_error_message=_("The last day can't be before the first."),
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ended_why="")
                | (Q(ended_at__isnull=False) & ~Q(ended_why="")),
                name="contract_end_has_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.party}"

    @property
    def party_label(self) -> str:
        return in_language(self.party, self.party_en)

    @property
    def scope_label(self) -> str:
        return in_language(self.scope, self.scope_en)

    @property
    def days_left(self) -> int:
        """Until the last day; 0 on that day, negative afterwards."""
        return (self.valid_until - timezone.localdate()).days
