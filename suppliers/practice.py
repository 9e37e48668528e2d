"""What sandbox suppliers offer: everything, so that trying the API out never fails for want of it.

An offer is made when a SKU is first ordered in the sandbox: thousands of SKUs cost nothing before.
"""

from __future__ import annotations

from decimal import Decimal

from catalog.models import SKU, DeliveryKind
from suppliers.models import Offer, Supplier

# The sandbox's goods for practice (suppliers/sandbox/goods.py): one for every top-up, one for
# every card.
TOPUP_REF, CARD_REF = "10000090", "20000090"
COST = Decimal("0.01")


def has_sandbox() -> bool:
    """Whether there is a supplier to try the API out with."""
    return Supplier.objects.filter(is_sandbox=True, is_open=True).exists()


def offer_for_practice(sku: SKU) -> None:
    """See that every sandbox supplier offers a SKU. Safe to repeat and at once."""
    suppliers = Supplier.objects.filter(is_sandbox=True).order_by("code")
    Offer.objects.bulk_create(
        (
            Offer(
                supplier=supplier,
                sku=sku,
                supplier_ref=CARD_REF if sku.kind == DeliveryKind.CARD else TOPUP_REF,
                cost=COST,
                priority=10 * place,
            )
            for place, supplier in enumerate(suppliers, start=1)
        ),
        ignore_conflicts=True,
    )
