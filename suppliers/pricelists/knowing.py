"""What an offer's product number stands for, and when it stands for other goods."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from django.utils import timezone

from suppliers.models import KnownGoods, Offer, SupplierGoods
from suppliers.pricelists.matching import Reason
from suppliers.pricelists.sameness import Goods, what_differs
from users.models import User


def remember(offers: Collection[Offer], by_ref: Mapping[str, SupplierGoods]) -> None:
    """Keep the goods of offers that are on the list for the first time, or by another number now.

    Whoever entered the number meant what it stands for now. Runs in a transaction that has locked
    the supplier. Safe to repeat: what is known isn't touched.
    """
    known = dict(KnownGoods.objects.filter(offer__in=offers).values_list("offer", "ref"))
    for offer in offers:
        goods = by_ref.get(offer.supplier_ref)
        if goods is not None and known.get(offer.pk) != goods.ref:
            agree(offer, goods)


def agree(offer: Offer, goods: SupplierGoods, *, actor: User | None = None) -> None:
    """From now on the offer is for these goods."""
    KnownGoods.objects.update_or_create(
        offer=offer,
        defaults={
            "ref": goods.ref,
            "name": goods.name,
            "kind": goods.kind,
            "face_value": goods.face_value,
            "is_rate": goods.is_rate,
            "agreed_at": timezone.now(),
            "agreed_by": actor,
        },
    )


def changed_goods(
    offers: Collection[Offer], by_ref: Mapping[str, SupplierGoods]
) -> dict[int, list[Reason]]:
    """Why an offer's number stands for other goods now, by offer; the others aren't in it."""
    found = {}
    for known in KnownGoods.objects.filter(offer__in=offers).select_related("offer"):
        goods = by_ref.get(known.offer.supplier_ref)
        if goods is None or goods.ref != known.ref:
            continue
        reasons = what_differs(_goods(known), _goods(goods))
        if reasons:
            found[known.offer_id] = reasons
    return found


def _goods(row: KnownGoods | SupplierGoods) -> Goods:
    return Goods(row.name, row.kind, row.face_value, row.is_rate)
