"""Orders that came through the docking protocol of other shops."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from orders.models import Order


class DockedOrder(models.Model):
    """What the other shop calls an order of ours: told back to it in each callback."""

    order = models.OneToOneField(
        Order, models.PROTECT, related_name="docked", verbose_name=_("order")
    )
    downstream_order_no = models.CharField(_("their number"), max_length=200, blank=True)
    trace_id = models.CharField(_("their trace"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("docked order")
        verbose_name_plural = _("docked orders")

    def __str__(self) -> str:
        return self.downstream_order_no or str(self.order_id)
