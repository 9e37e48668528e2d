"""How staff want the offers of a SKU to be chosen."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from catalog.models import SKU
from suppliers.scoring import ORDERED, SCORED


class RoutingMode(models.TextChoices):
    ORDERED = ORDERED, _("in order of priority")
    SCORED = SCORED, _("by score")


class RoutingRule(models.Model):
    """How a SKU's offers are chosen. Without one: by priority, splitting allowed."""

    sku = models.OneToOneField(SKU, models.CASCADE, related_name="routing", verbose_name=_("SKU"))
    mode = models.CharField(
        _("choose offers"), max_length=8, choices=RoutingMode.choices, default=RoutingMode.SCORED
    )
    may_split = models.BooleanField(_("a quantity may be split"), default=True)
    weight_priority = models.PositiveSmallIntegerField(_("weight of the priority"), default=0)
    weight_cost = models.PositiveSmallIntegerField(_("weight of the cost"), default=40)
    weight_success = models.PositiveSmallIntegerField(_("weight of the success rate"), default=30)
    weight_speed = models.PositiveSmallIntegerField(_("weight of the speed"), default=20)
    weight_balance = models.PositiveSmallIntegerField(_("weight of the balance"), default=10)
    allows_loss = models.BooleanField(_("may be sold below cost"), default=False)
    loss_reason = models.CharField(_("why below cost"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("routing rule")
        verbose_name_plural = _("routing rules")
        ordering = ["sku"]
        constraints = [
            models.CheckConstraint(
                condition=Q(mode=ORDERED)
                | Q(weight_priority__gt=0)
                | Q(weight_cost__gt=0)
                | Q(weight_success__gt=0)
                | Q(weight_speed__gt=0)
                | Q(weight_balance__gt=0),
                name="routing_scores_something",
                violation_error_message=_("A score needs at least one weight above 0."),
            ),
            models.CheckConstraint(
                condition=Q(allows_loss=False) | ~Q(loss_reason=""),
                name="routing_loss_has_reason",
                violation_error_message=_("Selling below cost needs a reason."),
            ),
        ]

    def __str__(self) -> str:
        return str(self.sku_id)
