"""What an order's page says about help: the latest claim, and whether one can be made."""

from __future__ import annotations

from functools import cached_property

from django.utils import timezone

from kalegou.claim_rules import open_rules, rules_for
from kalegou.contacts import contact_of
from kalegou.models import Claim
from kalegou.queries.claims import delivered_at
from orders.models import Order
from orders.services import refundable, units_kept


class OrderService:
    """Looked up only by the template that asks: the part that polls doesn't."""

    def __init__(self, order: Order) -> None:
        self._order = order

    @cached_property
    def claim(self) -> Claim | None:
        return Claim.objects.filter(order=self._order).order_by("-pk").first()

    @cached_property
    def send_to(self) -> str:
        """Where the codes would be sent, masked; "" when no address is known."""
        email = contact_of(self._order).email
        return masked_address(email) if email else ""

    @cached_property
    def can_claim(self) -> bool:
        """In time, nothing of it being looked at, and something left to give back."""
        order = self._order
        if not rules_for(order) or (self.claim is not None and self.claim.is_undecided):
            return False
        if not open_rules(order, delivered_at=delivered_at(order), now=timezone.now()):
            return False
        return units_kept(order) > 0 and refundable(order) > 0


def masked_address(address: str) -> str:
    """`xiaoming@example.com` → `x•••@example.com`: a guest's link may be in other hands."""
    name, _at, host = address.rpartition("@")
    return f"{name[:1]}•••@{host}"
