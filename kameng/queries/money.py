"""An agent's deposits under way."""

from __future__ import annotations

from payments.models import Payment
from users.models import User


def latest_deposit(payer: User, payment_no: str = "") -> Payment | None:
    """The one with this number, else the newest."""
    found = Payment.objects.filter(payer=payer, purpose="deposit", purpose_ref="wholesale")
    if payment_no:
        found = found.filter(payment_no=payment_no)
    return found.order_by("-pk").first()
