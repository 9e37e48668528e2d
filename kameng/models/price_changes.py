"""Changes of prices: what staff and uplines decide together, and the history of every price.

`PriceChange` rows are written by triggers on the tables that prices come from (migration
price_change_triggers), so no change is missed whoever makes it, and are append-only.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.models import SKU, Category
from kameng.models.agents import Agent, Tier


class ChangeSetStatus(models.TextChoices):
    DRAFT = "draft", pgettext_lazy("price changes", "not saved yet")
    SCHEDULED = "scheduled", pgettext_lazy("price changes", "scheduled")
    APPLIED = "applied", pgettext_lazy("price changes", "in force")
    REFUSED = "refused", pgettext_lazy("price changes", "refused when due")
    DISCARDED = "discarded", pgettext_lazy("price changes", "discarded")


class ChangeSource(models.TextChoices):
    GRID = "grid", _("price table")
    FILE = "file", _("file")
    FORM = "form", _("form")
    UPLINE = "upline", _("upline")


class PriceChangeSet(models.Model):
    """Changes of prices that hold together or not at all, with a reason; maybe from a date on.

    `items` are kept as kameng/price_items.py writes them, so that what was decided can be read
    whatever became of the prices since. `problems` says why a scheduled one was refused when due.
    """

    status = models.CharField(
        _("status"),
        max_length=10,
        choices=ChangeSetStatus.choices,
        default=ChangeSetStatus.DRAFT,
    )
    source = models.CharField(_("entered by"), max_length=8, choices=ChangeSource.choices)
    items: models.JSONField[list[dict[str, object]]] = models.JSONField(_("changes"), default=list)
    problems: models.JSONField[list[str]] = models.JSONField(
        _("what it would break"), default=list, blank=True
    )
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("by"),
    )
    created_at = models.DateTimeField(_("entered"), auto_now_add=True)
    effective_at = models.DateTimeField(_("in force from"), null=True, blank=True)
    finished_at = models.DateTimeField(_("done"), null=True, blank=True)

    class Meta:
        verbose_name = _("price change")
        verbose_name_plural = _("price changes")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(status="scheduled") | Q(effective_at__isnull=False),
                name="scheduled_change_has_a_date",
            ),
        ]
        indexes = [
            models.Index(
                fields=["effective_at"], condition=Q(status="scheduled"), name="change_set_due"
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"


class PriceKind(models.TextChoices):
    LIST = "list", _("list price")
    TIER_PRICE = "tier_price", _("tier price")
    TIER_DISCOUNT = "tier_discount", _("tier discount")
    CONTRACT = "contract", _("contract price")
    MARKUP = "markup", _("downline markup")
    TIER = "tier", _("an agent's tier")
    UPLINE = "upline", _("an agent's upline")


def _reference(model: type[models.Model], label: Any) -> Any:
    """The history outlives what it is about."""
    return models.ForeignKey(
        model,
        models.DO_NOTHING,
        null=True,
        db_constraint=False,
        db_index=False,
        related_name="+",
        verbose_name=label,
    )


class PriceChange(models.Model):
    """One row of a price table that came, changed or went.

    `row_id` is its key there. `agent` is the holder of a contract, the upline of a markup, or who
    got another tier or upline (then `old_ref` and `new_ref` are their keys). A value is CNY, or a
    share for discounts and markups; none: there was (is) none.
    """

    at = models.DateTimeField(_("time"), db_default=Now())
    kind = models.CharField(_("what"), max_length=14, choices=PriceKind.choices)
    row_id = models.BigIntegerField()
    sku = _reference(SKU, _("SKU"))
    category = _reference(Category, _("category"))
    tier = _reference(Tier, _("tier"))
    agent = _reference(Agent, _("agent"))
    old_value = models.DecimalField(_("before"), max_digits=20, decimal_places=4, null=True)
    new_value = models.DecimalField(_("after"), max_digits=20, decimal_places=4, null=True)
    old_from = models.DateTimeField(null=True)
    old_until = models.DateTimeField(null=True)
    new_from = models.DateTimeField(null=True)
    new_until = models.DateTimeField(null=True)
    old_ref = models.BigIntegerField(null=True)
    new_ref = models.BigIntegerField(null=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.DO_NOTHING,
        null=True,
        db_constraint=False,
        db_index=False,
        related_name="+",
        verbose_name=_("by"),
    )
    change_set = models.ForeignKey(
        PriceChangeSet,
        models.DO_NOTHING,
        null=True,
        db_constraint=False,
        related_name="changes",
        verbose_name=_("price change"),
    )

    class Meta:
        verbose_name = _("price history")
        verbose_name_plural = _("price history")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["sku", "-id"], name="price_change_of_sku"),
            models.Index(
                fields=["agent", "-id"],
                condition=Q(agent__isnull=False),
                name="price_change_of_agent",
            ),
            models.Index(
                fields=["-id"], condition=Q(sku__isnull=True), name="price_change_of_many"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} #{self.row_id}"
