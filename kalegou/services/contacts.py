"""What a guest leaves with an order, to find it again and to get its codes by e-mail."""

from __future__ import annotations

from django.db import transaction

from kalegou.contacts import Contact, contact_of
from kalegou.models import OrderContact
from orders.models import Order


@transaction.atomic
def keep_contact(*, order: Order, contact: Contact) -> Contact:
    """Keep how to reach the buyer of a guest's order; return what is known now.

    Only what was missing is added: whoever comes later with the order's link doesn't take it over
    by another number. A member's order keeps none, since the account has it. Locks the order's
    row. Safe to repeat.
    """
    if order.buyer_id is not None or not contact:
        return contact_of(order)
    Order.objects.select_for_update(no_key=True).only("pk").get(pk=order.pk)
    known = contact_of(order)
    whole = Contact(known.phone or contact.phone, known.email or contact.email)
    if whole != known:
        OrderContact.objects.update_or_create(
            order=order, defaults={"phone": whole.phone, "email": whole.email}
        )
    return whole
