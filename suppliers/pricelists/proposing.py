"""What staff might accept of a price list.

Products as offers of our SKUs, new costs, and other goods under a number that an offer names.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from django.db.models import Exists, OuterRef

from catalog.models import SKU
from suppliers.models import (
    Offer,
    Proposal,
    ProposalKind,
    ProposalStatus,
    Supplier,
    SupplierGoods,
)
from suppliers.pricelists.knowing import changed_goods, remember
from suppliers.pricelists.matching import Line, Reason, Ware, best_matches

_BY_REF = [Reason("ref", 100).as_row()]


def propose(supplier: Supplier) -> None:
    """Bring the open proposals of a supplier to what its list says now.

    Runs in the transaction that has locked the supplier. What staff refused isn't proposed again
    while it is the same. Safe to repeat.
    """
    offers = list(
        Offer.objects.filter(supplier=supplier).exclude(supplier_ref="").select_related("sku")
    )
    listed = SupplierGoods.objects.filter(supplier=supplier, gone_at=None)
    by_ref = {goods.ref: goods for goods in listed}
    pending = {
        (row.goods_id, row.sku_id): row
        for row in Proposal.objects.filter(goods__supplier=supplier, status=ProposalStatus.PENDING)
    }
    remember(offers, by_ref)
    changed = changed_goods(offers, by_ref)
    new = []
    for proposal in (
        *_costs(offers, by_ref, changed),
        *_matches(supplier, offers, by_ref, changed),
    ):
        row = pending.get((proposal.goods_id, proposal.sku_id))
        if row is not None and _content(row) == _content(proposal):
            del pending[proposal.goods_id, proposal.sku_id]
        elif not _was_refused(proposal):
            new.append(proposal)
    # Not changed in place: who accepts one accepts what its page said.
    Proposal.objects.filter(pk__in=[row.pk for row in pending.values()]).update(
        status=ProposalStatus.OUTDATED
    )
    for proposal in new:
        proposal.save()


def _costs(
    offers: Iterable[Offer],
    by_ref: dict[str, SupplierGoods],
    changed: Mapping[int, Sequence[Reason]],
) -> Iterable[Proposal]:
    """Offers whose product is on the list as other goods, or at another cost than ours."""
    for offer in offers:
        goods = by_ref.get(offer.supplier_ref)
        if goods is not None and offer.pk in changed:
            yield Proposal(
                kind=ProposalKind.GOODS,
                goods=goods,
                sku_id=offer.sku_id,
                offer=offer,
                score=0,
                reasons=[reason.as_row() for reason in changed[offer.pk]],
                cost_before=offer.cost,
                cost_after=goods.cost_of(offer.sku),
            )
        elif goods is not None and goods.cost_of(offer.sku) != offer.cost:
            yield Proposal(
                kind=ProposalKind.COST,
                goods=goods,
                sku_id=offer.sku_id,
                offer=offer,
                reasons=_BY_REF,
                cost_before=offer.cost,
                cost_after=goods.cost_of(offer.sku),
            )


def _matches(
    supplier: Supplier,
    offers: Iterable[Offer],
    by_ref: dict[str, SupplierGoods],
    changed: Collection[int],
) -> Iterable[Proposal]:
    """Products that no offer uses yet, for SKUs that this supplier doesn't offer (any more)."""
    used = {offer.supplier_ref for offer in offers}
    # One that charges any amount fits every SKU of its kind: that is for a person to enter.
    free = {
        goods.pk: goods for ref, goods in by_ref.items() if ref not in used and not goods.is_rate
    }
    if not free:
        return
    offered = Offer.objects.filter(supplier=supplier, sku=OuterRef("pk"))
    # An offer whose product is gone, or has become another, may get another product.
    listed = offered.filter(supplier_ref__in=list(by_ref)).exclude(pk__in=list(changed))
    alive = offered.filter(supplier_ref="") | listed
    skus = SKU.objects.filter(~Exists(alive), is_on_sale=True, product__is_on_sale=True)
    wares = [_ware(sku) for sku in skus.select_related("product")]
    lines = [(goods.pk, Line(goods.name, goods.kind, goods.face_value)) for goods in free.values()]
    orphans = {
        offer.sku_id: offer
        for offer in offers
        if offer.supplier_ref not in by_ref or offer.pk in changed
    }
    for goods_id, found in best_matches(lines, wares):
        goods, offer = free[goods_id], orphans.get(found.sku_id)
        yield Proposal(
            kind=ProposalKind.MATCH,
            goods=goods,
            sku_id=found.sku_id,
            offer=offer,
            score=found.score,
            reasons=[reason.as_row() for reason in found.reasons],
            cost_before=offer.cost if offer else None,
            cost_after=goods.cost,
        )


def _ware(sku: SKU) -> Ware:
    product = sku.product
    names = {
        f"{product.name} {sku.name}",
        f"{product.name_en} {sku.name_en or sku.name}" if product.name_en else "",
        f"{product.brand} {product.name} {sku.name}" if product.brand else "",
    }
    return Ware(sku.pk, tuple(sorted(names - {""})), sku.kind, sku.face_value)


def _content(proposal: Proposal) -> tuple[object, ...]:
    return (
        proposal.kind,
        proposal.offer_id,
        proposal.score,
        proposal.reasons,
        proposal.cost_before,
        proposal.cost_after,
    )


def _was_refused(proposal: Proposal) -> bool:
    """A refused match stays refused; a refused cost while the cost is the same, other goods while
    they are these."""
    refused = Proposal.objects.filter(
        goods=proposal.goods_id,
        sku=proposal.sku_id,
        kind=proposal.kind,
        status=ProposalStatus.REFUSED,
    )
    last = refused.order_by("-id").first()
    if proposal.kind == ProposalKind.COST:
        return last is not None and last.cost_after == proposal.cost_after
    if proposal.kind == ProposalKind.GOODS:
        return last is not None and last.reasons == proposal.reasons
    return refused.exists()
