"""How to reach the buyer of an order who has no account."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from orders.models import Order


class OrderContact(models.Model):
    """A phone or an e-mail address, or both, that a guest left with an order.

    Whoever has the phone can find the order again (kalegou/services/finding.py); codes can be sent
    to the address. Read through kalegou.contacts.contact_of, which knows members too.
    """

    order = models.OneToOneField(
        Order,
        models.PROTECT,
        primary_key=True,
        related_name="contact",
        verbose_name=_("order"),
    )
    phone = models.CharField(_("mobile number"), max_length=11, blank=True)
    email = models.EmailField(_("e-mail address"), blank=True)
    created_at = models.DateTimeField(_("at"), auto_now_add=True)

    class Meta:
        verbose_name = _("contact of an order")
        verbose_name_plural = _("contacts of orders")
        constraints = [
            models.CheckConstraint(
                condition=~Q(phone="", email=""), name="order_contact_reaches_somebody"
            ),
            models.CheckConstraint(
                condition=Q(phone="") | Q(phone__regex=r"^1[3-9][0-9]{9}$"),
                name="order_contact_phone_is_mainland_mobile",
            ),
        ]

    def __str__(self) -> str:
        return f"order {self.order_id}"
