"""How to reach whoever bought an order: a member by the account, a guest by what they left."""

from __future__ import annotations

from dataclasses import dataclass

from kalegou.models import OrderContact
from orders.models import Order


@dataclass(frozen=True, slots=True)
class Contact:
    """A mainland mobile number of 11 digits and an e-mail address; "" for what isn't known."""

    phone: str = ""
    email: str = ""

    def __bool__(self) -> bool:
        return bool(self.phone or self.email)


def contact_of(order: Order) -> Contact:
    """How the buyer of a retail order is reached. At most one query."""
    if order.buyer is not None:
        return Contact(order.buyer.phone or "", order.buyer.email)
    left = OrderContact.objects.filter(order=order).first()
    return Contact(left.phone, left.email) if left else Contact()
