"""Official goods need a contract (授权协议): without one they are off the shelf by themselves.

One rule, in two shapes: `is_authorised` for the SKU that is being bought, `authorised` for lists.
Both look at today by the shop's clock, so a contract ends with its last day, whether anybody is
awake or not. Goods that aren't official need none, and say so to buyers.
"""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from catalog.models import SKU, Product, SupplierContract
from users import audit
from users.models import User


def authorised(*, sku: str = "pk", product: str = "product") -> Q:
    """A condition on a queryset: not official, or covered today.

    `sku` and `product` are where the outer query has their keys.
    """
    valid = SupplierContract.objects.valid_on(timezone.localdate())
    return (
        Q(**{f"{product}__is_official": False})
        | Exists(valid.filter(products=OuterRef(product)))
        | Exists(valid.filter(skus=OuterRef(sku)))
    )


def is_authorised(sku: SKU) -> bool:
    """Whether this SKU may be sold today. One query for official goods, none for others."""
    return not sku.product.is_official or _covering(product=sku.product_id, skus=[sku.pk]).exists()


def is_on_shelf(sku: SKU) -> bool:
    """Whether a SKU can be bought as far as the catalogue says: on sale, and authorised."""
    return sku.is_on_sale and sku.product.is_on_sale and is_authorised(sku)


def contracts_of(product: Product) -> list[SupplierContract]:
    """What stands behind an official product today, the one that lasts longest first. One query."""
    return list(_covering(product=product.pk, skus=product.skus.values("pk")))


def _covering(*, product: int, skus: Any) -> QuerySet[SupplierContract]:
    whole = SupplierContract.products.through.objects.filter(product=product)
    single = SupplierContract.skus.through.objects.filter(sku__in=skus)
    return (
        SupplierContract.objects.valid_on(timezone.localdate())
        .filter(
            Q(pk__in=whole.values("suppliercontract")) | Q(pk__in=single.values("suppliercontract"))
        )
        .order_by("-valid_until", "pk")
    )


@transaction.atomic
def end_contract(*, contract: SupplierContract, actor: User | None, reason: str) -> None:
    """End a contract before its last day: what it alone covers leaves the shelf at once.

    Orders that were paid are still delivered. Locks the contract. Safe to repeat: the first reason
    stays. Audited.
    """
    locked = SupplierContract.objects.select_for_update(no_key=True).get(pk=contract.pk)
    if locked.ended_at is not None:
        return
    locked.ended_at, locked.ended_why = timezone.now(), reason.strip()[:200]
    locked.save(update_fields=["ended_at", "ended_why"])
    audit.record(
        actor=actor, action="contract.end", target=f"contract:{locked.number}", reason=reason
    )
