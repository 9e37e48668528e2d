"""The codes that an agent owns, to be found again and marked as sold.

A code itself stays sealed where it is (catalog.Card); here are keyed hashes of it to search by.
Rows are made from delivered orders afterwards (kameng/services/owned_codes.py), so that a purchase
doesn't pay for them.
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from catalog.models import SKU, Card
from kameng.models.agents import Agent
from orders.models import Order


class CodeShelf(models.Model):
    """How far an agent's codes have been gathered: those of all orders up to this key."""

    agent = models.OneToOneField(
        Agent, models.CASCADE, related_name="code_shelf", verbose_name=_("agent")
    )
    up_to = models.BigIntegerField(default=0)
    is_complete = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("shelf of codes")
        verbose_name_plural = _("shelves of codes")

    def __str__(self) -> str:
        return f"{self.agent_id} {self.up_to}"


class OwnedCode(models.Model):
    """One code of an agent's, and whom it was sold to. Amounts are CNY."""

    agent = models.ForeignKey(
        Agent, models.PROTECT, related_name="codes", db_index=False, verbose_name=_("agent")
    )
    order = models.ForeignKey(
        Order, models.PROTECT, related_name="owned_codes", verbose_name=_("order")
    )
    card = models.OneToOneField(Card, models.PROTECT, related_name="owned")
    sku = models.ForeignKey(
        SKU, models.PROTECT, related_name="+", db_index=False, verbose_name=_("SKU")
    )
    expires_on = models.DateField(_("valid until"), null=True, blank=True)
    # Keyed hashes of the number and the secret, whole and their ends (kameng/code_tags.py).
    tags = ArrayField(models.BigIntegerField())
    bought_at = models.DateTimeField(_("bought"))
    sold_at = models.DateTimeField(_("sold"), null=True, blank=True)
    sold_to = models.CharField(_("customer"), max_length=60, blank=True)
    sold_for = models.DecimalField(
        _("sold for"), max_digits=20, decimal_places=4, null=True, blank=True
    )
    note = models.CharField(_("note"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("owned code")
        verbose_name_plural = _("owned codes")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(sold_at__isnull=False)
                | Q(sold_at__isnull=True, sold_to="", sold_for__isnull=True),
                name="code_sold_with_its_facts",
            ),
            models.CheckConstraint(
                condition=Q(sold_for__isnull=True) | Q(sold_for__gte=0),
                name="code_not_sold_below_nothing",
            ),
        ]
        indexes = [
            models.Index(fields=["agent", "-id"], name="code_of_agent"),
            models.Index(
                fields=["agent", "-id"], condition=Q(sold_at__isnull=True), name="code_unsold"
            ),
            models.Index(
                fields=["agent", "-sold_at"], condition=Q(sold_at__isnull=False), name="code_sold"
            ),
            models.Index(
                fields=["agent", "expires_on"],
                condition=Q(sold_at__isnull=True, expires_on__isnull=False),
                name="code_expiring",
            ),
            models.Index(fields=["agent", "sku", "-id"], name="code_of_agent_by_sku"),
            GinIndex(fields=["tags"], name="code_by_tag"),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"

    @property
    def is_sold(self) -> bool:
        return self.sold_at is not None
