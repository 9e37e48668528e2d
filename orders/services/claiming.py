"""Claiming the cost of bad goods back from who supplied them.

Invariant: what is claimed of an order from a supplier, unless refused, never exceeds what the order
got from it had cost; what is granted is booked once.
"""

from __future__ import annotations

from decimal import Decimal

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from ledger import services as ledger
from ledger.models import EntryKind
from orders.aftersale import costs_by_supplier
from orders.books import books_of
from orders.errors import SupplierClaimInvalid, SupplierClaimRefused
from orders.locks import lock_order
from orders.models import (
    FulfilmentStatus,
    Order,
    SupplierClaim,
    SupplierClaimStatus,
)
from suppliers.models import Supplier
from users import audit
from users.models import User


@transaction.atomic
def claim_from_supplier(
    *,
    order: Order,
    supplier: Supplier,
    amount: Decimal,
    reason: str,
    actor: User,
    request_ref: str,
) -> SupplierClaim:
    """Record that we want `amount` (CNY) back from a supplier of an order; nothing is booked yet.

    Locks the order and its accounts. The same `request_ref` again gives the same claim back.
    Raises SupplierClaimInvalid. Audited.
    """
    order = lock_order(order.pk)
    earlier = SupplierClaim.objects.filter(request_ref=request_ref).first()
    if earlier is not None:
        return earlier
    most = claimable(order, supplier)
    if not 0 < amount <= most:
        raise SupplierClaimInvalid.beyond(most)
    attempts = list(
        order.fulfilments.filter(supplier=supplier, status=FulfilmentStatus.SUCCEEDED)[:2]
    )
    claim = SupplierClaim.objects.create(
        order=order,
        supplier=supplier,
        fulfilment=attempts[0] if len(attempts) == 1 else None,
        channel=order.channel,
        amount=amount,
        reason=reason,
        opened_by=actor,
        request_ref=request_ref,
    )
    audit.record(
        actor=actor,
        action="claim_from_supplier",
        target=f"order:{order.order_no}",
        reason=reason,
        supplier=supplier.code,
        amount=str(amount),
    )
    return claim


def claimable(order: Order, supplier: Supplier) -> Decimal:
    """What an order cost us at a supplier, less what was claimed of it already (CNY)."""
    cost = costs_by_supplier(order).get(supplier.code, Decimal(0))
    claimed = (
        order.supplier_claims.filter(supplier=supplier)
        .exclude(status=SupplierClaimStatus.REFUSED)
        .aggregate(total=Sum("amount"))["total"]
    )
    return max(cost - (claimed or Decimal(0)), Decimal(0))


@transaction.atomic
def answer_supplier_claim(
    *, claim: SupplierClaim, granted: Decimal | None, answer: str, actor: User
) -> None:
    """Enter a supplier's answer: `granted` (CNY, at most what was claimed), or None for a refusal.

    Granted: we owe the supplier less, and the goods of that channel have cost less. Locks the
    claim. Raises SupplierClaimRefused when it is answered already, SupplierClaimInvalid. Audited.
    """
    claim = SupplierClaim.objects.select_for_update(no_key=True, of=("self",)).get(pk=claim.pk)
    if claim.status != SupplierClaimStatus.OPEN:
        raise SupplierClaimRefused
    if granted is not None and not 0 < granted <= claim.amount:
        raise SupplierClaimInvalid.beyond(claim.amount)
    claim.status = SupplierClaimStatus.REFUSED if granted is None else SupplierClaimStatus.ACCEPTED
    claim.accepted_amount = granted
    claim.answer = answer
    claim.decided_by = actor
    claim.decided_at = timezone.now()
    claim.save()
    order, supplier = claim.order, claim.supplier
    if granted is not None:
        books = books_of(order)
        ledger.post(
            reference=f"supplier-claim:{claim.pk}:granted",
            kind=EntryKind.SUPPLIER_CLAIM,
            lines=[books.owed(supplier.code, -granted), books.cost(granted)],
            memo=order.order_no,
        )
    audit.record(
        actor=actor,
        action="answer_supplier_claim",
        target=f"order:{order.order_no}",
        reason=answer,
        supplier=supplier.code,
        claim=claim.pk,
        granted=str(granted or 0),
    )
